import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Multipart } from '@fastify/multipart';
import type { FastifyError, FastifyRequest } from 'fastify';
import { DomainError } from '../common/domain-error.js';

const MAX_BYTES = 5 * 1024 * 1024;

/**
 * Streams the form's one part, the picture `file`, to a local file.
 *
 * @throws DomainError `upload.no_file`, `upload.too_large`, `upload.interrupted`, `request.invalid`,
 *   `request.unsupported_media_type`
 */
export async function receivePicture(request: FastifyRequest, targetPath: string): Promise<void> {
  if (!request.isMultipart()) {
    throw new DomainError('request.unsupported_media_type', 'Send it as multipart/form-data.');
  }
  let received = false;
  try {
    for await (const part of partsOf(request)) {
      if (received || part.type !== 'file' || part.fieldname !== 'file') throw unknownPart(part);
      await keep(part.file, targetPath);
      received = true;
    }
    if (!received) throw new DomainError('upload.no_file', 'The form has no part called file.');
  } catch (error) {
    // Whoever is refused goes on sending; left unread, that would block the connection.
    request.raw.unpipe().resume();
    throw error;
  }
}

/** One part more than allowed is let through, to be refused in plain words. */
async function* partsOf(request: FastifyRequest): AsyncIterable<Multipart> {
  try {
    yield* request.parts({
      limits: { fileSize: MAX_BYTES, files: 2, fields: 1, fieldSize: 1024, parts: 3 },
    });
  } catch (error) {
    if ((error as Partial<FastifyError>).statusCode === 413) throw error;
    throw new DomainError(
      'request.invalid',
      'The body is not a complete multipart/form-data form.',
    );
  }
}

async function keep(content: Readable & { truncated?: boolean }, path: string): Promise<void> {
  try {
    await pipeline(content, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    throw new DomainError('upload.interrupted', 'The file broke off. Send it again.');
  }
  if (content.truncated) {
    throw new DomainError('upload.too_large', `A picture may have ${MAX_BYTES} bytes at most.`);
  }
}

function unknownPart({ fieldname }: Multipart): DomainError {
  return new DomainError('request.invalid', 'Send one picture, as file, and nothing else.', [
    { field: fieldname, message: 'is not known here, or came twice' },
  ]);
}
