import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../common/bigint-column.js';

/** What people make of a video; the database adds the row together with the video's. */
@Entity('video_stats')
export class VideoStats {
  @PrimaryColumn('uuid', { name: 'video_id' })
  videoId!: string;

  @Column({ ...bigintColumn, default: 0 })
  views!: number;

  @Column('integer', { default: 0 })
  likes!: number;

  @Column('integer', { name: 'rating_count', default: 0 })
  ratingCount!: number;

  /** Of stars, 1 to 5 each. */
  @Column('integer', { name: 'rating_sum', default: 0 })
  ratingSum!: number;

  /** Mean number of stars, as the database computes it; null before the first rating. */
  @Column({ type: 'double precision', nullable: true, insert: false, update: false })
  rating!: number | null;

  /** How much it is watched of late; larger is more. */
  @Column('double precision', { default: 0 })
  trend!: number;
}
