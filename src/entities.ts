import { AuditEvent } from './audit/audit-event.entity.js';
import { MailToken } from './auth/mail-links/mail-token.entity.js';
import { PasskeyChallenge } from './auth/passkeys/passkey-challenge.entity.js';
import { Passkey } from './auth/passkeys/passkey.entity.js';
import { RecoveryCode } from './auth/second-factor/recovery-code.entity.js';
import { TotpCredential } from './auth/second-factor/totp-credential.entity.js';
import { Session } from './auth/sessions/session.entity.js';
import { Genre } from './catalogue/genre.entity.js';
import { Rendition } from './catalogue/rendition.entity.js';
import { Revision } from './catalogue/revision.entity.js';
import { Series } from './catalogue/series/series.entity.js';
import { ReuseJob } from './catalogue/sources/reuse-job.entity.js';
import { VideoStats } from './catalogue/video-stats.entity.js';
import { Video } from './catalogue/video.entity.js';
import { ScheduleRun } from './cron/schedule-run.entity.js';
import { UploadSession } from './ingest/sessions/upload-session.entity.js';
import { ListEntry } from './library/list-entry.entity.js';
import { Reaction } from './library/reactions/reaction.entity.js';
import { WatchProgress } from './library/watch-progress.entity.js';
import { OutgoingMail } from './mail/outgoing-mail.entity.js';
import { MediaKey } from './media-keys/media-key.entity.js';
import { ServiceKey } from './service-keys/service-key.entity.js';
import { Subtitle } from './subtitles/subtitle.entity.js';
import { User } from './users/user.entity.js';

/** Every entity; TypeORM is given a list instead of a pattern, so that nothing is found by chance. */
export const ENTITIES = [
  AuditEvent,
  Genre,
  ListEntry,
  MailToken,
  MediaKey,
  OutgoingMail,
  Passkey,
  PasskeyChallenge,
  Reaction,
  RecoveryCode,
  Rendition,
  ReuseJob,
  Revision,
  ScheduleRun,
  Series,
  ServiceKey,
  Session,
  Subtitle,
  TotpCredential,
  UploadSession,
  User,
  Video,
  VideoStats,
  WatchProgress,
] as const;
