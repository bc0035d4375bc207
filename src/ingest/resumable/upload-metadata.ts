import { z } from 'zod';
import { DomainError, type FieldError } from '../../common/domain-error.js';
import { OBJECT_TYPE } from '../direct/direct-upload.dto.js';
import { UploadFieldsSchema } from '../upload.dto.js';

/** As tus has it: ASCII, but no space and no comma. */
const KEY = /^[!-+\--~]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What a client may say of a file: its name, its type, the fields of an upload form, and by what it knows the
 * file again.
 */
const MetadataSchema = UploadFieldsSchema.extend({
  filename: z.string().trim().min(1).max(255),
  filetype: z
    .string()
    .transform((type) => type.split(';', 1)[0]?.trim().toLowerCase() ?? '')
    .transform((type) => type || 'application/octet-stream')
    .prefault(''),
  fingerprint: z.string().trim().max(200).optional(),
});
export type ResumableMetadata = z.output<typeof MetadataSchema>;

/**
 * The pairs of an Upload-Metadata header, as text; null for a key without a value.
 *
 * @throws DomainError `request.invalid`
 */
export function readMetadataHeader(header: string): Record<string, string | null> {
  const pairs = new Map<string, string | null>();
  for (const pair of header.split(',')) {
    const [key = '', value, ...more] = pair.split(' ');
    if (!KEY.test(key) || more.length > 0) {
      throw wrong([
        { field: 'Upload-Metadata', message: 'has to be pairs of a key and a value in Base64' },
      ]);
    }
    if (pairs.has(key)) throw wrong([{ field: key, message: 'is there twice' }]);
    pairs.set(key, value === undefined || value === '' ? null : textOf(key, value));
  }
  return Object.fromEntries(pairs);
}

/**
 * What those pairs say.
 *
 * @throws DomainError `request.invalid`, `request.unsupported_media_type`
 */
export function parseMetadata(pairs: Readonly<Record<string, string | null>>): ResumableMetadata {
  const values = Object.entries(pairs).map(([key, value]) => [key, value ?? ''] as const);
  const { data, error } = MetadataSchema.safeParse(Object.fromEntries(values));
  if (error) {
    throw wrong(
      error.issues.map(({ path, message }) => ({
        field: path.join('.') || 'Upload-Metadata',
        message,
      })),
    );
  }
  const { filetype } = data;
  if (OBJECT_TYPE.test(filetype) && !filetype.startsWith('image/')) return data;
  throw new DomainError('request.unsupported_media_type', 'This is no type of a video.', [
    { field: 'filetype', message: 'is not a type of video; leave it out where it is unknown' },
  ]);
}

function textOf(field: string, value: string): string {
  if (!BASE64.test(value)) throw wrong([{ field, message: 'is not Base64' }]);
  let text: string;
  try {
    text = UTF8.decode(Buffer.from(value, 'base64'));
  } catch {
    throw wrong([{ field, message: 'is not UTF-8' }]);
  }
  // Which PostgreSQL cannot keep.
  if (text.includes('\0')) throw wrong([{ field, message: 'must not hold the character NUL' }]);
  return text;
}

function wrong(errors: readonly FieldError[]): DomainError {
  return new DomainError('request.invalid', 'The upload is not described well.', errors);
}
