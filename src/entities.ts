import { MailToken } from './auth/mail-token.entity.js';
import { Session } from './auth/session.entity.js';
import { Genre } from './catalogue/genre.entity.js';
import { Rendition } from './catalogue/rendition.entity.js';
import { Revision } from './catalogue/revision.entity.js';
import { Video } from './catalogue/video.entity.js';
import { ScheduleRun } from './cron/schedule-run.entity.js';
import { User } from './users/user.entity.js';

/** Every entity; TypeORM is given a list instead of a pattern, so that nothing is found by chance. */
export const ENTITIES = [
  Genre,
  MailToken,
  Rendition,
  Revision,
  ScheduleRun,
  Session,
  User,
  Video,
] as const;
