import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { SecondFactorService } from '../second-factor/second-factor.service.js';
import type { AccessClaims } from './known-tokens.js';
import { SessionsService } from './sessions.service.js';
import { SignedInRepository } from './signed-in.repository.js';

/** Who is behind access tokens. */
@Injectable()
export class Viewers {
  constructor(
    private readonly signedIn: SignedInRepository,
    private readonly sessions: SessionsService,
    private readonly secondFactor: SecondFactorService,
  ) {}

  /**
   * As of this moment.
   *
   * @throws DomainError `auth.session_revoked`
   */
  async find({ sub, sid }: AccessClaims, origin: RequestOrigin): Promise<Viewer> {
    const session = await this.signedIn.find(sid);
    if (session?.userId !== sub) {
      throw new DomainError('auth.session_revoked', 'Please sign in again.');
    }
    await this.sessions.noteUse(session);
    const { userId: id, role, isDemo, method, generation } = session;
    return {
      id,
      role,
      isDemo,
      sessionId: sid,
      mustSetUpSecondFactor: await this.secondFactor.isMissing({ id, role }, method),
      origin,
      generation,
    };
  }
}
