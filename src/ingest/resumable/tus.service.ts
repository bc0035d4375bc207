import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Server, TUS_RESUMABLE } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { Locks } from '../../ports/locks.js';
import { AppendingService } from './appending.service.js';
import { ResumableIntake } from './resumable-intake.service.js';
import { ResumableSessions } from './resumable-sessions.service.js';
import { TusExchange } from './tus-exchange.js';
import { TusStore, type TusStoreParts } from './tus-store.js';
import { toDomainError, toRefusal } from './tus-errors.js';
import { CHECKSUM_ALGORITHMS } from './upload-checksum.js';
import { readMetadataHeader } from './upload-metadata.js';

/** Of {@link ResumableUploadsController}, without a slash at its end. */
export const UPLOADS_PATH = '/api/v1/uploads';

/** The type of a body that holds bytes of a file. */
export const PIECE_TYPE = 'application/offset+octet-stream';

/** What an answer of the protocol's server says that is for our clients; we allow no other origins. */
const ANSWERED = /^(location|cache-control|tus-|upload-)/;

const ASKED = /^(tus-resumable|upload-.*|content-(type|length))$/;

/** Speaks tus 1.0.0: what the protocol asks is checked by its server, what becomes of it is ours. */
@Injectable()
export class TusService {
  private readonly parts: TusStoreParts;

  constructor(
    private readonly sessions: ResumableSessions,
    appending: AppendingService,
    intake: ResumableIntake,
    private readonly locks: Locks,
  ) {
    this.parts = { sessions, appending, intake };
  }

  /** What this server can do; nothing about anybody's uploads. */
  async describe(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.header('tus-checksum-algorithm', CHECKSUM_ALGORITHMS.join(','));
    await this.respond('OPTIONS', '', request, reply);
  }

  /**
   * Answers a request for one upload, or one that begins an upload.
   *
   * @throws DomainError `upload.*`, `request.*`
   */
  async answer(viewer: Viewer, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.header('tus-resumable', TUS_RESUMABLE);
    try {
      requireVersion(request, reply);
      await this.respond(methodOf(request), viewer.id, request, reply);
    } catch (error) {
      // Whoever is refused goes on sending; left unread, that would block the connection.
      request.raw.resume();
      throw error;
    }
  }

  private async respond(
    method: string,
    ownerId: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    checkHeaders(method, request);
    const exchange = new TusExchange(ownerId, method, request, this.locks);
    const { id = '' } = request.params as { id?: string };
    let failure: unknown;
    const server = new Server({
      path: UPLOADS_PATH,
      relativeLocation: true,
      maxSize: this.sessions.maxBytes,
      datastore: new TusStore(exchange, this.parts),
      locker: exchange,
      namingFunction: () => randomUUID(),
      getFileIdFromRequest: () => id,
      onResponseError: (_, error) => {
        failure = error;
        return undefined;
      },
    });
    const response = await server.handleWeb(toWebRequest(method, id, request));
    if (exchange.body.wasCut) reply.header('connection', 'close');
    if (exchange.videoId !== null) reply.header('upload-video-id', exchange.videoId);
    if (failure !== undefined) throw toDomainError(failure);
    if (response.status >= 400) throw toRefusal(response.status, await response.text());
    for (const [name, value] of response.headers) {
      if (ANSWERED.test(name)) reply.header(name, value);
    }
    await reply.status(response.status).send();
  }
}

/** For clients that can send nothing but GET and POST. */
function methodOf({ method, headers }: FastifyRequest): string {
  const override = headers['x-http-method-override'];
  return method === 'POST' && override !== undefined ? String(override).toUpperCase() : method;
}

/** A method of the protocol for an upload that is there takes its address, and POST takes none. */
function checkHeaders(method: string, { params, headers }: FastifyRequest): void {
  const hasId = (params as { id?: string }).id !== undefined;
  const isFitting = hasId ? /^(HEAD|PATCH|DELETE)$/ : /^(POST|OPTIONS)$/;
  if (!isFitting.test(method)) {
    throw new DomainError('route.method_not_allowed', 'Uploads know POST, HEAD, PATCH and DELETE.');
  }
  if (method === 'PATCH' && headers['content-type'] !== PIECE_TYPE) {
    throw new DomainError('request.unsupported_media_type', `Send the bytes as ${PIECE_TYPE}.`);
  }
  if (method === 'POST') readMetadataHeader(String(headers['upload-metadata'] ?? ''));
}

function requireVersion({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers['tus-resumable'] === TUS_RESUMABLE) return;
  reply.header('tus-version', TUS_RESUMABLE);
  throw new DomainError(
    'upload.unsupported_version',
    `This is tus ${TUS_RESUMABLE}; say so in the header Tus-Resumable.`,
  );
}

/** Without a body, which stays where it is, and without headers that are nothing to the protocol. */
function toWebRequest(method: string, id: string, { headers }: FastifyRequest): Request {
  const asked = Object.entries(headers).flatMap(([name, value]) =>
    ASKED.test(name) && value !== undefined ? [[name, String(value)] as [string, string]] : [],
  );
  return new Request(`http://localhost${UPLOADS_PATH}/${encodeURIComponent(id)}`, {
    method,
    headers: asked,
  });
}
