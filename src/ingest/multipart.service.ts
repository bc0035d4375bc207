import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';
import { Injectable } from '@nestjs/common';
import type { FastifyError, FastifyRequest } from 'fastify';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { hashed } from '../common/object-hash.js';
import { sourceKey } from '../media/object-keys.js';
import { MediaStorage, StorageUnavailableError } from '../ports/media-storage.js';
import { IngestService, type StoredSource } from './ingest.service.js';
import { overQuota, QuotaService } from './quota.service.js';
import { UploadLimits } from './upload-limits.js';
import { uploadMoment } from './upload-moment.js';
import { UploadFieldsSchema, type UploadFields } from './upload.dto.js';

/** What boundaries, headers and fields of a form may take beside the file. */
const FORM_BYTES = 1024 ** 2;

const FILE_FIELDS = ['file', 'video'];

/** RFC 7578 4.2 only asks clients to name a file. */
const UNNAMED = 'video';

interface FilePart {
  /** Empty where the client has named none. */
  filename: string;
  file: Readable & { truncated?: boolean };
  /** Of the uploader's quota. */
  bytesLeft: number;
  atMostBytes: number;
}

/** Uploads as multipart/form-data: the file streams into the storage while it arrives. */
@Injectable()
export class MultipartService {
  constructor(
    private readonly ingest: IngestService,
    private readonly storage: MediaStorage,
    private readonly quota: QuotaService,
    private readonly limits: UploadLimits,
  ) {}

  /** @throws DomainError `upload.*`, `request.invalid`, `request.unsupported_media_type` */
  async upload(viewer: Viewer, request: FastifyRequest) {
    if (!request.isMultipart()) {
      throw new DomainError(
        'request.unsupported_media_type',
        'Send the file as multipart/form-data.',
      );
    }
    const bytesLeft = await this.quota.bytesLeft(viewer.id);
    // Told before anything is read; a file that is only a little too large is found out while it comes.
    const announced = Number(request.headers['content-length'] ?? 0) - FORM_BYTES;
    if (announced > bytesLeft) {
      request.raw.resume();
      throw overQuota(bytesLeft);
    }
    const { source, fields } = await this.receive(viewer, request, bytesLeft);
    return this.ingest.accept(viewer.id, source, fields, {
      allowDuplicate: fields.allow_duplicate,
    });
  }

  private async receive(
    viewer: Viewer,
    request: FastifyRequest,
    bytesLeft: number,
  ): Promise<{ source: StoredSource; fields: UploadFields }> {
    let source: StoredSource | undefined;
    const values: Record<string, unknown> = {};
    const fileSize = Math.min(this.limits.maxBytes, bytesLeft);
    const atMostBytes = Math.min(Number(request.headers['content-length'] ?? fileSize), fileSize);
    try {
      for await (const part of parts(request, fileSize)) {
        if (part.type === 'field') addValue(values, part.fieldname, part.value);
        else if (!FILE_FIELDS.includes(part.fieldname)) throw unknownFile(part.fieldname);
        else if (source) throw new DomainError('request.invalid', 'Send one file at a time.');
        else {
          const { filename, file } = part;
          source = await this.store(viewer, { filename, file, bytesLeft, atMostBytes });
        }
      }
      if (!source) throw new DomainError('upload.no_file', 'The form has no part called file.');
      // Others may have come in meanwhile.
      const stillLeft = await this.quota.bytesLeft(viewer.id);
      if (source.sizeBytes > stillLeft) throw overQuota(stillLeft);
      return { source, fields: parseFields(values) };
    } catch (error) {
      // Whoever is refused goes on sending; left unread, that would block the connection.
      request.raw.unpipe().resume();
      if (source) await this.ingest.discard(source.key);
      throw error;
    }
  }

  private async store(
    viewer: Viewer,
    { filename, file, bytesLeft, atMostBytes }: FilePart,
  ): Promise<StoredSource> {
    const originalFilename = filename || UNNAMED;
    const key = sourceKey(viewer.id, uploadMoment(), originalFilename);
    const hash = createHash('sha256');
    const sizeBytes = await this.write(key, hashed(file, hash), atMostBytes);
    if (file.truncated) {
      await this.ingest.discard(key);
      if (bytesLeft < this.limits.maxBytes) throw overQuota(bytesLeft);
      throw new DomainError(
        'upload.too_large',
        `The file is larger than the allowed ${this.limits.maxBytes} bytes.`,
      );
    }
    return { key, sizeBytes, sha256: hash.digest('hex'), originalFilename };
  }

  private async write(key: string, content: Readable, atMostBytes: number): Promise<number> {
    try {
      return await this.storage.write(key, content, atMostBytes);
    } catch (error) {
      if (isOf(content, error)) throw interrupted();
      // It may have come through all the same, with all its answers lost.
      if (error instanceof StorageUnavailableError) await this.ingest.discard(key);
      throw error;
    }
  }
}

/** One file more than allowed is let through, to be refused in plain words. */
async function* parts(request: FastifyRequest, fileSize: number): AsyncIterable<Multipart> {
  try {
    yield* request.parts({
      limits: { fileSize, files: 2, fields: 50, fieldSize: 64 * 1024, parts: 60 },
    });
  } catch (error) {
    throw parserError(error);
  }
}

/** Whether it is what ended a stream early. */
function isOf(content: Readable, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error === content.errored || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function interrupted(): DomainError {
  return new DomainError('upload.interrupted', 'The file broke off. Send it again.');
}

/** Too much of something is told as such; whatever else the parser says, the form is broken. */
function parserError(error: unknown): unknown {
  if ((error as Partial<FastifyError>).statusCode === 413) return error;
  return new DomainError('request.invalid', 'The body is not a complete multipart/form-data form.');
}

/** A field that comes twice becomes a list. */
function addValue(values: Record<string, unknown>, name: string, value: unknown): void {
  const before = values[name];
  if (before === undefined) values[name] = value;
  else values[name] = Array.isArray(before) ? [...(before as unknown[]), value] : [before, value];
}

function unknownFile(field: string): DomainError {
  return new DomainError('request.invalid', 'A file came under a name that is not known.', [
    { field, message: 'is not a known file field; send the video as file' },
  ]);
}

function parseFields(values: Record<string, unknown>): UploadFields {
  const fields = UploadFieldsSchema.safeParse(values);
  if (fields.success) return fields.data;
  throw new DomainError(
    'request.invalid',
    'One or more fields are wrong.',
    fields.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })),
  );
}
