import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { sourceKey, uploadedPictureKey } from '../../media/object-keys.js';
import { DirectUploads, type AnnouncedObject } from '../../ports/direct-uploads.js';
import { QuotaService } from '../quota.service.js';
import { expiryFromNow } from '../sessions/lifetime.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';
import { refuseTooLarge, UploadLimits } from '../upload-limits.js';
import { uploadMoment } from '../upload-moment.js';
import {
  THUMBNAIL_LIMIT,
  type ThumbnailUploadRequest,
  type UploadAddressDto,
  type VideoUploadRequest,
} from './direct-upload.dto.js';
import { partBytesOf, PARTS_FROM_BYTES, partsOf } from './upload-parts.js';

const ADDRESS_SECONDS = 3600;
/** The last part may have to wait for all others; completing the upload ends the addresses of parts. */
const PART_ADDRESS_SECONDS = 12 * 3600;

type Announced = Pick<
  UploadSession,
  'storageKey' | 'contentType' | 'sizeBytes' | 'storageUploadId' | 'description' | 'expiresAt'
>;

/** Hands out the addresses to which clients send files by themselves. */
@Injectable()
export class AnnouncementsService {
  constructor(
    private readonly sessions: UploadSessionsRepository,
    private readonly quota: QuotaService,
    private readonly limits: UploadLimits,
    private readonly directUploads: DirectUploads,
  ) {}

  /**
   * Addresses for a new video, or fresh ones for one that has begun.
   *
   * @throws DomainError `upload.too_large`, `upload.over_quota`, `upload.not_found`, `upload.expired`,
   *   `upload.state_conflict`, `request.invalid`
   */
  async video(ownerId: string, request: VideoUploadRequest): Promise<UploadAddressDto> {
    if (request.s3_key !== undefined) return this.again(ownerId, request.s3_key);
    const { filename, content_type: contentType, size, sha256 } = request;
    if (filename === undefined || contentType === undefined || size === undefined) {
      throw missingFields({ filename, content_type: contentType, size });
    }
    refuseTooLarge(size, this.limits.maxBytes);
    const object = {
      key: sourceKey(ownerId, uploadMoment(), filename),
      contentType,
      sizeBytes: size,
      sha256,
    };
    return this.open(ownerId, filename, 'direct', object);
  }

  /** @throws DomainError `upload.too_large`, `upload.over_quota` */
  async thumbnail(ownerId: string, request: ThumbnailUploadRequest): Promise<UploadAddressDto> {
    const { filename, content_type: contentType, size: sizeBytes } = request;
    refuseTooLarge(sizeBytes, THUMBNAIL_LIMIT);
    const key = uploadedPictureKey(ownerId, uploadMoment(), filename);
    return this.open(ownerId, filename, 'thumbnail', { key, contentType, sizeBytes });
  }

  private async again(ownerId: string, storageKey: string): Promise<UploadAddressDto> {
    const session = await this.sessions.findByKey(storageKey);
    if (session?.ownerId !== ownerId || session.kind === 'resumable') {
      throw new DomainError('upload.not_found', 'You have no upload with this key.');
    }
    if (session.videoId === null && session.expiresAt < new Date()) {
      throw new DomainError('upload.expired', 'The upload has expired. Begin it again.');
    }
    if (session.finishedAt) {
      throw new DomainError('upload.state_conflict', 'The upload is complete already.');
    }
    return this.addresses(session);
  }

  private async open(
    ownerId: string,
    filename: string,
    kind: 'direct' | 'thumbnail',
    object: AnnouncedObject,
  ): Promise<UploadAddressDto> {
    const session = {
      id: randomUUID(),
      ownerId,
      kind,
      storageKey: object.key,
      storageUploadId: null,
      filename,
      contentType: object.contentType,
      sizeBytes: object.sizeBytes,
      description: object.sha256 ? { sha256: object.sha256 } : {},
      expiresAt: expiryFromNow(),
    };
    await this.sessions.insert(session);
    try {
      // Counted with all others that were announced at the same moment.
      await this.quota.refuseOverQuota(ownerId, object.sizeBytes);
      if (object.sizeBytes < PARTS_FROM_BYTES) return await this.addresses(session);
      const storageUploadId = await this.directUploads.begin(object);
      await this.sessions.rememberUpload(session.id, storageUploadId);
      return await this.addresses({ ...session, storageUploadId });
    } catch (error) {
      await this.sessions.delete(session.id);
      throw error;
    }
  }

  private async addresses(session: Announced): Promise<UploadAddressDto> {
    const { storageKey: key, contentType, sizeBytes, storageUploadId: uploadId } = session;
    const sha256 = announcedHash(session);
    const object = { key, contentType: contentType ?? '', sizeBytes, sha256 };
    const common = { s3_key: key, method: 'PUT' as const };
    if (uploadId === null) {
      const seconds = secondsFor(session, ADDRESS_SECONDS);
      const { url, headers } = await this.directUploads.address(object, seconds);
      return { upload_url: url, ...common, headers: { ...headers }, expires_in: seconds };
    }
    const seconds = secondsFor(session, PART_ADDRESS_SECONDS);
    const parts = partsOf(sizeBytes).map(async (part) => {
      const { url, headers } = await this.directUploads.partAddress(
        object,
        uploadId,
        part,
        seconds,
      );
      return { part_number: part.number, upload_url: url, headers: { ...headers } };
    });
    return {
      upload_url: null,
      ...common,
      headers: {},
      expires_in: seconds,
      upload_id: uploadId,
      part_size: partBytesOf(sizeBytes),
      parts: await Promise.all(parts),
    };
  }
}

/** What the client says the bytes are, lower-case hex. */
export function announcedHash({ description }: Pick<UploadSession, 'description'>) {
  const { sha256 } = description;
  return typeof sha256 === 'string' ? sha256 : undefined;
}

/** No address outlives its upload. */
function secondsFor({ expiresAt }: Announced, most: number): number {
  const left = Math.floor((expiresAt.getTime() - Date.now()) / 1000);
  return Math.max(1, Math.min(most, left));
}

function missingFields(fields: Record<string, unknown>): DomainError {
  const missing = Object.keys(fields).filter((field) => fields[field] === undefined);
  return new DomainError(
    'request.invalid',
    'Say what comes: filename, content_type and size.',
    missing.map((field) => ({ field, message: 'is needed' })),
  );
}
