import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../../common/bigint-column.js';
import type { FieldError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';

/**
 * How a file comes in: `resumable` in any number of requests (tus), `direct` from the client to the storage
 * (signed addresses), `thumbnail` the same way for a picture.
 */
export type UploadKind = 'resumable' | 'direct' | 'thumbnail';

/** Why no video came of a complete file, as it was said. */
export interface Refusal {
  code: ErrorCode;
  detail: string;
  errors?: readonly FieldError[];
}

/** A file on its way in. Its bytes count against the owner's room from its beginning. */
@Entity('upload_sessions')
export class UploadSession {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;

  @Column('text')
  kind!: UploadKind;

  /** Where the bytes will lie once they are all there. */
  @Column('text', { name: 'storage_key' })
  storageKey!: string;

  /** Of a multipart upload that the storage keeps for it. */
  @Column('text', { name: 'storage_upload_id', nullable: true })
  storageUploadId!: string | null;

  @Column('text')
  filename!: string;

  @Column('text', { name: 'content_type', nullable: true })
  contentType!: string | null;

  /** As announced. */
  @Column({ ...bigintColumn, name: 'size_bytes' })
  sizeBytes!: number;

  /** What the uploader says of the video, as the fields of an upload form. */
  @Column('jsonb', { default: {} })
  description!: Record<string, unknown>;

  /** Of the whole, lower-case hex, where it was learned while the bytes came in. */
  @Column('text', { nullable: true })
  sha256!: string | null;

  /** When somebody began to make a video of it; nobody else may meanwhile. */
  @Column('timestamptz', { name: 'claimed_at', nullable: true })
  claimedAt!: Date | null;

  /** What became of it; of a refused duplicate, the video that was there already. */
  @Column('uuid', { name: 'video_id', nullable: true })
  videoId!: string | null;

  @Column('jsonb', { nullable: true })
  refusal!: Refusal | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  /** When it became a video, or was refused; its bytes count no more. */
  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
