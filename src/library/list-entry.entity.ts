import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Video } from '../catalogue/video.entity.js';

/** A video that somebody has put on their list. */
@Entity('list_entries')
export class ListEntry {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('uuid', { name: 'video_id' })
  videoId!: string;

  @ManyToOne(() => Video)
  @JoinColumn({ name: 'video_id' })
  video?: Video;

  @Column('timestamptz', { name: 'added_at' })
  addedAt!: Date;
}
