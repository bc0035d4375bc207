import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
  UpdateDateColumn,
} from 'typeorm';
import { User } from '../users/user.entity.js';
import { bigintColumn } from '../common/bigint-column.js';
import { Genre } from './genre.entity.js';
import { Series } from './series/series.entity.js';
import { VideoStats } from './video-stats.entity.js';
import type { VideoStatus } from './video-status.js';

export const VISIBILITIES = ['PUBLIC', 'UNLISTED', 'PRIVATE'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** What the pipeline is doing for a video. */
export const STAGES = ['queued', 'probing', 'encoding', 'packaging', 'publishing', 'done'] as const;
export type Stage = (typeof STAGES)[number];

@Entity('videos')
export class Video {
  @PrimaryColumn('uuid')
  id!: string;

  /** Small id for clients that cannot hold a UUID. */
  @Column({ type: 'integer', insert: false, update: false })
  number!: number;

  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;

  @ManyToOne(() => User)
  @JoinColumn({ name: 'owner_id' })
  owner?: User;

  @Column('text')
  title!: string;

  @Column('text', { default: '' })
  description!: string;

  @Column('text', { nullable: true })
  language!: string | null;

  @Column('text', { array: true, default: [] })
  tags!: string[];

  @Column('text', { default: 'PUBLIC' })
  visibility!: Visibility;

  @Column('text', { default: 'pending' })
  status!: VideoStatus;

  /** True from the first playable segment on, long before `ready`. */
  @Column('boolean', { default: false })
  playable!: boolean;

  @Column('text', { name: 'original_filename' })
  originalFilename!: string;

  @Column('text', { name: 'source_key', nullable: true })
  sourceKey!: string | null;

  /** The name in its key, as the database computes it. */
  @Column({ type: 'text', name: 'source_name', nullable: true, insert: false, update: false })
  sourceName!: string | null;

  /** The video whose source this one was made of; null for an upload. */
  @Column('uuid', { name: 'source_video_id', nullable: true })
  sourceVideoId!: string | null;

  @Column({ ...bigintColumn, name: 'source_size_bytes' })
  sourceSizeBytes!: number;

  @Column('text', { name: 'source_sha256', nullable: true })
  sourceSha256!: string | null;

  /** Of the source when it was taken over, until somebody has made sure that it still has it. */
  @Column('text', { name: 'source_etag', nullable: true })
  sourceEtag!: string | null;

  /** Whether the video is complete and needs its source no longer. */
  @Column('boolean', { name: 'source_spent', default: false })
  sourceSpent!: boolean;

  @Column('double precision', { name: 'duration_seconds', nullable: true })
  durationSeconds!: number | null;

  @Column('integer', { nullable: true })
  width!: number | null;

  @Column('integer', { nullable: true })
  height!: number | null;

  @Column('double precision', { name: 'frame_rate', nullable: true })
  frameRate!: number | null;

  @Column('text', { nullable: true })
  codec!: string | null;

  @Column('text', { name: 'thumbnail_key', nullable: true })
  thumbnailKey!: string | null;

  @Column('text', { name: 'poster_key', nullable: true })
  posterKey!: string | null;

  /** Whether thumbnail and poster are a picture of the uploader's, and not frames of the film. */
  @Column('boolean', { name: 'has_own_cover', default: false })
  hasOwnCover!: boolean;

  /** Of the WebVTT file that says where in its sprite sheets each moment is shown. */
  @Column('text', { name: 'storyboard_key', nullable: true })
  storyboardKey!: string | null;

  @Column('text', { name: 'preview_key', nullable: true })
  previewKey!: string | null;

  @Column('uuid', { name: 'current_revision_id', nullable: true })
  currentRevisionId!: string | null;

  @Column('text', { name: 'progress_stage', default: 'queued' })
  progressStage!: Stage;

  @Column('smallint', { name: 'progress_percent', default: 0 })
  progressPercent!: number;

  /** As far as the pace of the encoder tells. */
  @Column('timestamptz', { name: 'expected_ready_at', nullable: true })
  expectedReadyAt!: Date | null;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: string | null;

  @Column('text', { name: 'error_detail', nullable: true })
  errorDetail!: string | null;

  @Column('text', { name: 'error_log_tail', array: true, default: [] })
  errorLogTail!: string[];

  @Column('timestamptz', { name: 'failed_at', nullable: true })
  failedAt!: Date | null;

  @ManyToMany(() => Genre)
  @JoinTable({
    name: 'video_genres',
    joinColumn: { name: 'video_id' },
    inverseJoinColumn: { name: 'genre_id' },
  })
  genres?: Genre[];

  /** Counted beside it; the database adds the row. */
  @OneToOne(() => VideoStats, { persistence: false })
  @JoinColumn({ name: 'id', referencedColumnName: 'videoId' })
  stats?: VideoStats;

  @Column('uuid', { name: 'series_id', nullable: true })
  seriesId!: string | null;

  @ManyToOne(() => Series)
  @JoinColumn({ name: 'series_id' })
  series?: Series | null;

  /** Set where there is a series; 0 for specials. */
  @Column('integer', { name: 'season_number', nullable: true })
  seasonNumber!: number | null;

  /** Within its season; set where there is a series. */
  @Column('integer', { name: 'episode_number', nullable: true })
  episodeNumber!: number | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' })
  deletedAt!: Date | null;
}
