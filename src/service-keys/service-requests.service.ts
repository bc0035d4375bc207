import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/domain-error.js';
import { ServicesConfig } from '../config/config.js';
import { bodyOf } from './body-digest.js';
import { ServiceKeysService } from './service-keys.service.js';
import { examine, isSignedWith } from './sigv4/examine.js';
import { SpentSignaturesRepository } from './spent-signatures.repository.js';

/** The service that requests are signed for, as they would be for an API behind AWS API Gateway. */
const SERVICE = 'execute-api';

/** A signature is remembered beyond its end, for processes whose clocks differ. */
const MARGIN_MILLISECONDS = 300_000;

/** In place of the secret of a key that is not there: refusing takes the same work. */
const NO_SECRET = randomBytes(30).toString('base64');

/** Lets a request of a service pass when AWS Signature Version 4 says that it is one, and only once. */
@Injectable()
export class ServiceRequests {
  constructor(
    private readonly config: ServicesConfig,
    private readonly keys: ServiceKeysService,
    private readonly spent: SpentSignaturesRepository,
  ) {}

  /**
   * @throws DomainError `auth.required`, `auth.malformed_signature`, `auth.expired_signature`,
   *   `auth.invalid_signature`, `auth.replayed_signature`
   */
  async admit(request: FastifyRequest): Promise<void> {
    const { method = '', url: target = '', rawHeaders } = request.raw;
    const signed = {
      ...{ method, target, rawHeaders },
      // Looked at when all else is in order: who has not signed at all is to be told just that.
      get body() {
        return bodyOf(request);
      },
    };
    const policy = { region: this.config.region, service: SERVICE, now: new Date() };
    const examined = examine(signed, policy);
    const { accessKeyId, signature } = examined.claims;
    const key = await this.keys.open(accessKeyId);
    const isRight = isSignedWith(key?.secretAccessKey ?? NO_SECRET, examined);
    if (!key || !isRight) {
      throw new DomainError(
        'auth.invalid_signature',
        'The signature is not that of a service key of ours over this request.',
      );
    }
    // Wrong signatures cannot be kept: there is no end of them.
    const until = new Date(examined.validUntil.getTime() + MARGIN_MILLISECONDS);
    if (!(await this.spent.spend(signature, until))) {
      throw new DomainError('auth.replayed_signature', 'Sign each request anew.');
    }
    await this.keys.noteUse(key.id);
    request.query = withoutSignature(request.query);
  }
}

/** What signs a query is no field of the route's. */
function withoutSignature(query: unknown): Record<string, unknown> {
  const fields = Object.entries(query ?? {});
  return Object.fromEntries(fields.filter(([name]) => !name.startsWith('X-Amz-')));
}
