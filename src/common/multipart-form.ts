import type { FastifyError, FastifyRequest } from 'fastify';
import type { FastifyMultipartBaseOptions, Multipart } from '@fastify/multipart';
import { DomainError } from './domain-error.js';

/**
 * Hands over the parts of a small form, one after the other. Let one part more through than is
 * wanted, so that it can be refused in plain words.
 *
 * @returns how many parts there were
 * @throws DomainError `request.invalid`, `request.unsupported_media_type`, and whatever `take` throws
 */
export async function readForm(
  request: FastifyRequest,
  limits: NonNullable<FastifyMultipartBaseOptions['limits']>,
  take: (part: Multipart, at: number) => Promise<void>,
): Promise<number> {
  if (!request.isMultipart()) {
    throw new DomainError('request.unsupported_media_type', 'Send it as multipart/form-data.');
  }
  let count = 0;
  try {
    for await (const part of wholeParts(request, limits)) await take(part, count++);
    return count;
  } catch (error) {
    // Whoever is refused goes on sending; left unread, that would block the connection.
    request.raw.unpipe().resume();
    throw error;
  }
}

/** What is wrong with a part that nobody asked for. */
export function unknownPart({ fieldname }: Multipart, detail: string): DomainError {
  return new DomainError('request.invalid', detail, [
    { field: fieldname, message: 'is not known here, or came twice' },
  ]);
}

async function* wholeParts(
  request: FastifyRequest,
  limits: NonNullable<FastifyMultipartBaseOptions['limits']>,
): AsyncIterable<Multipart> {
  try {
    yield* request.parts({ limits });
  } catch (error) {
    if ((error as Partial<FastifyError>).statusCode === 413) throw error;
    throw new DomainError(
      'request.invalid',
      'The body is not a complete multipart/form-data form.',
    );
  }
}
