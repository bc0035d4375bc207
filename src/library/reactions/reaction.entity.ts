import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Video } from '../../catalogue/video.entity.js';

/** What one person thinks of one video. The database counts them beside the video. */
@Entity('reactions')
export class Reaction {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('uuid', { name: 'video_id' })
  videoId!: string;

  @ManyToOne(() => Video)
  @JoinColumn({ name: 'video_id' })
  video?: Video;

  /** Null while they do not like it. */
  @Column('timestamptz', { name: 'liked_at', nullable: true })
  likedAt!: Date | null;

  /** From 1 to 5. */
  @Column('smallint', { nullable: true })
  stars!: number | null;

  @Column('timestamptz', { name: 'rated_at', nullable: true })
  ratedAt!: Date | null;
}
