import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { bigintColumn } from '../common/bigint-column.js';

export type RenditionStatus = 'pending' | 'encoding' | 'ready' | 'failed';

/** One encoded output of a revision: a video rung or an audio track, in the folder `name`. */
@Entity('renditions')
export class Rendition {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'revision_id' })
  revisionId!: string;

  @Column('text')
  kind!: 'video' | 'audio';

  @Column('text')
  name!: string;

  @Column('text', { default: 'pending' })
  status!: RenditionStatus;

  @Column('integer', { nullable: true })
  width!: number | null;

  @Column('integer', { nullable: true })
  height!: number | null;

  @Column('double precision', { name: 'frame_rate', nullable: true })
  frameRate!: number | null;

  @Column('text', { nullable: true })
  language!: string | null;

  /** RFC 6381 */
  @Column('text', { nullable: true })
  codecs!: string | null;

  @Column('integer', { name: 'segment_count', nullable: true })
  segmentCount!: number | null;

  @Column('double precision', { name: 'duration_seconds', nullable: true })
  durationSeconds!: number | null;

  @Column({ ...bigintColumn, name: 'size_bytes', nullable: true })
  sizeBytes!: number | null;

  @Column('integer', { name: 'peak_bandwidth_bps', nullable: true })
  peakBandwidthBps!: number | null;

  @Column('integer', { name: 'average_bandwidth_bps', nullable: true })
  averageBandwidthBps!: number | null;
}
