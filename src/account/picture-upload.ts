import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/domain-error.js';
import { readForm, unknownPart } from '../common/multipart-form.js';

const MAX_BYTES = 5 * 1024 * 1024;
const LIMITS = { fileSize: MAX_BYTES, files: 2, fields: 1, fieldSize: 1024, parts: 3 };

/**
 * Streams the form's one part, the picture `file`, to a local file.
 *
 * @throws DomainError `upload.no_file`, `upload.too_large`, `upload.interrupted`, `request.invalid`,
 *   `request.unsupported_media_type`
 */
export async function receivePicture(request: FastifyRequest, targetPath: string): Promise<void> {
  const parts = await readForm(request, LIMITS, async (part, at) => {
    if (at > 0 || part.type !== 'file' || part.fieldname !== 'file') {
      throw unknownPart(part, 'Send one picture, as file, and nothing else.');
    }
    await keep(part.file, targetPath);
  });
  if (parts === 0) throw new DomainError('upload.no_file', 'The form has no part called file.');
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
