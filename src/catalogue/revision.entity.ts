import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { EncodingPlan } from '../media/encoding-plan.js';
import type { SourceInfo } from '../media/source-info.js';

/** One encoding of a video; its files lie under `videos/{video}/{revision}/` and never change. */
@Entity('revisions')
export class Revision {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'video_id' })
  videoId!: string;

  @Column('text', { default: 'building' })
  status!: 'building' | 'published' | 'failed';

  /** An external transcoder's revision is none of the pipeline's business. */
  @Column('text', { name: 'made_by', default: 'pipeline' })
  madeBy!: 'pipeline' | 'transcoder';

  @Column('jsonb', { name: 'source_info', nullable: true })
  sourceInfo!: SourceInfo | null;

  @Column('jsonb', { nullable: true })
  plan!: EncodingPlan | null;

  /** Pixels of its rungs in a second of encoding; null until it was encoded. */
  @Column('double precision', { name: 'encoded_pixels_per_second', nullable: true })
  encodedPixelsPerSecond!: number | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'published_at', nullable: true })
  publishedAt!: Date | null;
}
