import { z } from 'zod';
import type { AuditEvent } from '../audit/audit-event.entity.js';
import type { Passkey } from '../auth/passkeys/passkey.entity.js';
import type { Session } from '../auth/sessions/session.entity.js';
import type { ReuseJob } from '../catalogue/sources/reuse-job.entity.js';
import type { Series } from '../catalogue/series/series.entity.js';
import type { Video } from '../catalogue/video.entity.js';
import type { UploadSession } from '../ingest/sessions/upload-session.entity.js';
import type { ListEntry } from '../library/list-entry.entity.js';
import type { Comment } from '../library/comments/comment.js';
import type { Reaction } from '../library/reactions/reaction.entity.js';
import type { WatchProgress } from '../library/watch-progress.entity.js';
import type { OutgoingMail } from '../mail/outgoing-mail.entity.js';
import type { Subtitle } from '../subtitles/subtitle.entity.js';
import { toUserDto, UserSchema } from '../users/user.dto.js';
import type { User } from '../users/user.entity.js';

const time = z.iso.datetime();
const pastTime = time.nullable();

const ProfileData = UserSchema.extend({
  activated_at: pastTime,
  updated_at: time,
  last_login_at: pastTime,
}).meta({ id: 'ProfileData' });

const SessionData = z.object({
  id: z.uuid(),
  user_agent: z.string(),
  address: z.string(),
  remember_me: z.boolean(),
  created_at: time,
  last_seen_at: time,
  expires_at: time,
  revoked_at: pastTime,
});

const PasskeyData = z.object({ name: z.string(), created_at: time, last_used_at: pastTime });

const SubtitleData = z.object({
  language: z.string(),
  label: z.string(),
  uploaded: z.boolean().meta({ description: '`false` for one that was found in the film' }),
  created_at: time,
});

const VideoData = z.object({
  id: z.uuid(),
  number: z.int(),
  title: z.string(),
  description: z.string(),
  language: z.string().nullable(),
  genres: z.array(z.string()),
  tags: z.array(z.string()),
  series_id: z.uuid().nullable(),
  season_number: z.int().nullable(),
  episode_number: z.int().nullable(),
  visibility: z.string(),
  status: z.string(),
  filename: z.string(),
  size_bytes: z.int(),
  sha256: z.string().nullable(),
  duration_seconds: z.number().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  subtitles: z.array(SubtitleData),
  created_at: time,
  updated_at: time,
  deleted_at: pastTime,
});

const SeriesData = z.object({
  id: z.uuid(),
  title: z.string(),
  description: z.string(),
  created_at: time,
  updated_at: time,
});

const JobData = z.object({
  video_id: z.uuid(),
  transcript_text: z.string().nullable(),
  created_at: time,
});

const UploadData = z.object({
  id: z.uuid(),
  kind: z.enum(['resumable', 'direct', 'thumbnail']),
  filename: z.string(),
  content_type: z.string().nullable(),
  size_bytes: z.int(),
  sha256: z.string().nullable(),
  video_id: z.uuid().nullable(),
  description: z.record(z.string(), z.unknown()),
  created_at: time,
  expires_at: time,
  finished_at: pastTime,
});

const WatchedData = z.object({
  video_id: z.uuid(),
  position_seconds: z.number(),
  watched_at: time,
});

const ListData = z.object({ video_id: z.uuid(), added_at: time });

const LikeData = z.object({ video_id: z.uuid(), liked_at: time });

const RatingData = z.object({ video_id: z.uuid(), stars: z.int(), rated_at: time });

const CommentData = z.object({
  video_id: z.uuid(),
  text: z.string(),
  status: z.string(),
  created_at: time,
  edited_at: pastTime,
});

const EventData = z.object({
  at: time,
  action: z.string(),
  by_me: z.boolean(),
  address: z.string().nullable().meta({ description: '`null` when somebody else did it' }),
  user_agent: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});

const MailData = z.object({
  subject: z.string(),
  status: z.string(),
  created_at: time,
  finished_at: pastTime,
});

/** Everything that is kept about one person. */
export const PersonalDataSchema = z
  .object({
    format: z.literal('videoflix-personal-data'),
    version: z.literal(1),
    exported_at: time,
    profile: ProfileData,
    sessions: z.array(SessionData),
    passkeys: z.array(PasskeyData),
    second_factor: z.object({ confirmed_at: pastTime, recovery_codes_left: z.int() }),
    videos: z.array(VideoData),
    series: z.array(SeriesData),
    jobs: z.array(JobData),
    uploads: z.array(UploadData),
    watched: z.array(WatchedData),
    list: z.array(ListData),
    likes: z.array(LikeData),
    ratings: z.array(RatingData),
    comments: z.array(CommentData),
    events: z.array(EventData),
    mails: z.array(MailData),
  })
  .meta({ id: 'PersonalData' });

export function toProfileData(user: User): z.output<typeof ProfileData> {
  return {
    ...toUserDto(user),
    activated_at: text(user.activatedAt),
    updated_at: user.updatedAt.toISOString(),
    last_login_at: text(user.lastLoginAt),
  };
}

export function toSessionData(session: Session): z.output<typeof SessionData> {
  return {
    id: session.id,
    user_agent: session.userAgent,
    address: session.address,
    remember_me: session.rememberMe,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    revoked_at: text(session.revokedAt),
  };
}

export function toPasskeyData(passkey: Passkey): z.output<typeof PasskeyData> {
  const { name, createdAt, lastUsedAt } = passkey;
  return { name, created_at: createdAt.toISOString(), last_used_at: text(lastUsedAt) };
}

export function toVideoData(
  video: Video,
  subtitles: readonly Subtitle[],
): z.output<typeof VideoData> {
  return {
    id: video.id,
    number: video.number,
    title: video.title,
    description: video.description,
    language: video.language,
    genres: (video.genres ?? []).map(({ slug }) => slug),
    tags: video.tags,
    series_id: video.seriesId,
    season_number: video.seasonNumber,
    episode_number: video.episodeNumber,
    visibility: video.visibility,
    status: video.status,
    filename: video.originalFilename,
    size_bytes: video.sourceSizeBytes,
    sha256: video.sourceSha256,
    duration_seconds: video.durationSeconds,
    width: video.width,
    height: video.height,
    subtitles: subtitles.map(toSubtitleData),
    created_at: video.createdAt.toISOString(),
    updated_at: video.updatedAt.toISOString(),
    deleted_at: text(video.deletedAt),
  };
}

function toSubtitleData(subtitle: Subtitle): z.output<typeof SubtitleData> {
  const { language, label, revisionId, createdAt } = subtitle;
  return { language, label, uploaded: revisionId === null, created_at: createdAt.toISOString() };
}

export function toSeriesData(series: Series): z.output<typeof SeriesData> {
  const { id, title, description, createdAt, updatedAt } = series;
  return {
    ...{ id, title, description },
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

export function toJobData(job: ReuseJob): z.output<typeof JobData> {
  const { videoId, transcriptText, createdAt } = job;
  return {
    video_id: videoId,
    transcript_text: transcriptText,
    created_at: createdAt.toISOString(),
  };
}

export function toWatchedData(progress: WatchProgress): z.output<typeof WatchedData> {
  const { videoId, positionSeconds, watchedAt } = progress;
  return {
    video_id: videoId,
    position_seconds: positionSeconds,
    watched_at: watchedAt.toISOString(),
  };
}

export function toListData({ videoId, addedAt }: ListEntry): z.output<typeof ListData> {
  return { video_id: videoId, added_at: addedAt.toISOString() };
}

export function toLikeData({ videoId, likedAt }: Reaction): z.output<typeof LikeData>[] {
  return likedAt ? [{ video_id: videoId, liked_at: likedAt.toISOString() }] : [];
}

export function toRatingData(reaction: Reaction): z.output<typeof RatingData>[] {
  const { videoId, stars, ratedAt } = reaction;
  if (stars === null || !ratedAt) return [];
  return [{ video_id: videoId, stars, rated_at: ratedAt.toISOString() }];
}

export function toCommentData(comment: Comment): z.output<typeof CommentData> {
  return {
    video_id: comment.videoId,
    text: comment.text,
    status: comment.status,
    created_at: comment.createdAt.toISOString(),
    edited_at: text(comment.editedAt),
  };
}

export function toUploadData(upload: UploadSession): z.output<typeof UploadData> {
  return {
    id: upload.id,
    kind: upload.kind,
    filename: upload.filename,
    content_type: upload.contentType,
    size_bytes: upload.sizeBytes,
    sha256: upload.sha256,
    video_id: upload.videoId,
    description: upload.description,
    created_at: upload.createdAt.toISOString(),
    expires_at: upload.expiresAt.toISOString(),
    finished_at: text(upload.finishedAt),
  };
}

/** Who else acted, and where from, is that person's business. */
export function toEventData(event: AuditEvent, userId: string): z.output<typeof EventData> {
  const { at, action, actorId, address, userAgent, details } = event;
  const isOthers = actorId !== null && actorId !== userId;
  return {
    at: at.toISOString(),
    action,
    by_me: actorId === userId,
    address: isOthers ? null : address,
    user_agent: isOthers ? null : userAgent,
    details,
  };
}

export function toMailData(mail: OutgoingMail): z.output<typeof MailData> {
  const { subject, status, createdAt, finishedAt } = mail;
  return { subject, status, created_at: createdAt.toISOString(), finished_at: text(finishedAt) };
}

function text(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
