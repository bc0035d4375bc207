import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A text track of a video, stored as WebVTT under `videos/{video}/{path}`. */
@Entity('subtitles')
export class Subtitle {
  /** Another one for every upload, so that the bytes behind a link never change. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'video_id' })
  videoId!: string;

  /** The revision whose source it was found in; null when somebody uploaded it. */
  @Column('uuid', { name: 'revision_id', nullable: true })
  revisionId!: string | null;

  /** Place among the tracks of its source. */
  @Column('smallint', { default: 0 })
  position!: number;

  /** BCP 47; `und` when a source does not say. */
  @Column('text')
  language!: string;

  @Column('text')
  label!: string;

  /** Below the video's prefix. */
  @Column('text')
  path!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
