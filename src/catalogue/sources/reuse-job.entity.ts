import { Column, CreateDateColumn, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import { Video } from '../video.entity.js';

/** That a video was made of a source that was there already; its state is that of the video. */
@Entity('reuse_jobs')
export class ReuseJob {
  @PrimaryColumn('uuid', { name: 'video_id' })
  videoId!: string;

  @OneToOne(() => Video)
  @JoinColumn({ name: 'video_id' })
  video?: Video;

  /** The video's; kept here so that an index finds one's own. */
  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;

  @Column('text', { name: 'transcript_text', nullable: true })
  transcriptText!: string | null;

  /** Of the subtitles that the transcript was read from. */
  @Column('uuid', { name: 'transcript_upload_id', nullable: true })
  transcriptUploadId!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
