import { z } from 'zod';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UPLOADS_PATH } from './tus.service.js';

const OpenUploadSchema = z
  .object({
    id: z.uuid(),
    filename: z.string().meta({ example: 'holiday.mp4' }),
    size: z.int().meta({ description: 'Bytes', example: 52428800 }),
    offset: z.int().meta({ description: 'Bytes that are there', example: 8388608 }),
    fingerprint: z.string().nullable().meta({
      description: 'By what the client that began it knows the file again, if it has said so',
      example: 'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    url: z.string().meta({
      description: 'Where to go on sending',
      example: '/api/v1/uploads/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
    }),
  })
  .meta({ id: 'OpenUpload' });

export const OpenUploadsSchema = z
  .object({ uploads: z.array(OpenUploadSchema) })
  .meta({ id: 'OpenUploads' });

export function toOpenUploadDto({
  session,
  offset,
}: {
  session: UploadSession;
  offset: number;
}): z.output<typeof OpenUploadSchema> {
  return {
    id: session.id,
    filename: session.filename,
    size: session.sizeBytes,
    offset,
    fingerprint: fingerprintIn(session),
    created_at: session.createdAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    url: `${UPLOADS_PATH}/${session.id}`,
  };
}

function fingerprintIn({ description }: UploadSession): string | null {
  const { fingerprint } = description;
  return typeof fingerprint === 'string' ? fingerprint : null;
}
