import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Video } from '../catalogue/video.entity.js';

/** How far somebody has watched a video, and when last. */
@Entity('watch_progress')
export class WatchProgress {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('uuid', { name: 'video_id' })
  videoId!: string;

  @ManyToOne(() => Video)
  @JoinColumn({ name: 'video_id' })
  video?: Video;

  @Column('double precision', { name: 'position_seconds' })
  positionSeconds!: number;

  /** Taken off the list of what one goes on watching, until it is watched again. */
  @Column('boolean', { name: 'is_dismissed', default: false })
  isDismissed!: boolean;

  /** Seconds of the viewing that goes on, as far as they were watched. */
  @Column('double precision', { name: 'viewing_seconds', default: 0 })
  viewingSeconds!: number;

  /** Whether that viewing has been a view already. */
  @Column('boolean', { name: 'is_viewed', default: false })
  isViewed!: boolean;

  @Column('timestamptz', { name: 'watched_at' })
  watchedAt!: Date;
}
