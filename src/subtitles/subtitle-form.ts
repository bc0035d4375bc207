import { buffer } from 'node:stream/consumers';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/domain-error.js';
import { readForm, unknownPart } from '../common/multipart-form.js';
import { SubtitleFieldsSchema, type SubtitleFields } from './subtitle.dto.js';

const MAX_BYTES = 5 * 1024 * 1024;
const LIMITS = { fileSize: MAX_BYTES, files: 2, fields: 10, fieldSize: 1024, parts: 12 };

/** What was sent: the file as it is, and what goes with it. */
export interface SubtitleForm {
  bytes: Buffer;
  fields: SubtitleFields;
}

/**
 * Reads a form with the part `file` and fields beside it, in any order.
 *
 * @throws DomainError `upload.no_file`, `upload.too_large`, `upload.interrupted`, `request.invalid`,
 *   `request.unsupported_media_type`
 */
export async function receiveSubtitles(request: FastifyRequest): Promise<SubtitleForm> {
  let bytes: Buffer | undefined;
  const values = new Map<string, unknown>();
  await readForm(request, LIMITS, async (part) => {
    if (part.type === 'file' ? bytes || part.fieldname !== 'file' : values.has(part.fieldname)) {
      throw unknownPart(part, 'One or more fields are wrong.');
    }
    if (part.type === 'file') bytes = await contentOf(part);
    else values.set(part.fieldname, part.value);
  });
  if (!bytes) throw new DomainError('upload.no_file', 'The form has no part called file.');
  return { bytes, fields: parseFields(Object.fromEntries(values)) };
}

async function contentOf({ file }: MultipartFile): Promise<Buffer> {
  const bytes = await buffer(file).catch(() => {
    throw new DomainError('upload.interrupted', 'The file broke off. Send it again.');
  });
  if (file.truncated) {
    throw new DomainError('upload.too_large', `Subtitles may have ${MAX_BYTES} bytes at most.`);
  }
  return bytes;
}

function parseFields(values: Record<string, unknown>): SubtitleFields {
  const fields = SubtitleFieldsSchema.safeParse(values);
  if (fields.success) return fields.data;
  throw new DomainError(
    'request.invalid',
    'One or more fields are wrong.',
    fields.error.issues.map((issue) => ({
      field: issue.path.join('.') || (issue.code === 'unrecognized_keys' ? issue.keys.join() : ''),
      message: issue.message,
    })),
  );
}
