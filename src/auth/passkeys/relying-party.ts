import { Injectable, Logger } from '@nestjs/common';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { COSEALG, decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers';
import { DomainError } from '../../common/domain-error.js';
import { AccountsConfig } from '../../config/config.js';
import type { User } from '../../users/user.entity.js';
import type { Passkey } from './passkey.entity.js';
import type { AssertionResponse, CreationResponse } from './passkeys.dto.js';
import type { NewPasskey } from './passkeys.service.js';

/** How long a person may take to find their key. */
export const CEREMONY_MILLISECONDS = 5 * 60_000;

/** What every supported Node.js can verify; the library's own list depends on the runtime. */
const ALGORITHMS = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256];

type NewCredential = Omit<NewPasskey, 'userId' | 'name'>;

/** Our side of WebAuthn (W3C Web Authentication, Level 3). */
@Injectable()
export class RelyingParty {
  private readonly logger = new Logger('Passkeys');
  private readonly origin: string;
  private readonly id: string;

  constructor({ appUrl }: AccountsConfig) {
    const { origin, hostname } = new URL(appUrl);
    this.origin = origin;
    this.id = hostname;
  }

  /**
   * What a browser makes a passkey from.
   *
   * @param known those the user has already, of which an authenticator makes no second one
   */
  async creationOptions({ id, email, name }: User, known: readonly Passkey[]) {
    return generateRegistrationOptions({
      rpName: 'Videoflix',
      rpID: this.id,
      userID: new TextEncoder().encode(id),
      userName: email,
      userDisplayName: name || email,
      timeout: CEREMONY_MILLISECONDS,
      attestationType: 'none',
      excludeCredentials: known.map(({ credentialId, transports }) => ({
        id: credentialId,
        transports,
      })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  /** What a browser signs in with: any passkey it has for us. */
  async requestOptions() {
    return generateAuthenticationOptions({
      rpID: this.id,
      timeout: CEREMONY_MILLISECONDS,
      userVerification: 'required',
    });
  }

  /** @throws DomainError `auth.passkey_invalid` */
  async verifyCreation(response: CreationResponse, challenge: string): Promise<NewCredential> {
    return this.refusing(async () => {
      refuseCertificates(response.response.attestationObject);
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response: { ...response, clientExtensionResults: {} },
        expectedChallenge: challenge,
        ...this.expected(),
        supportedAlgorithmIDs: ALGORITHMS,
      });
      if (!verified) throw new Error('the signature is wrong');
      const { credential, credentialBackedUp } = registrationInfo;
      if (credential.id !== response.id) throw new Error('the response is about two credentials');
      return {
        credentialId: credential.id,
        publicKey: Buffer.from(credential.publicKey),
        counter: credential.counter,
        transports: response.response.transports,
        isSynced: credentialBackedUp,
      };
    });
  }

  /** @throws DomainError `auth.passkey_invalid` */
  async verifyAssertion(
    response: AssertionResponse,
    challenge: string,
    passkey: Passkey,
  ): Promise<Pick<Passkey, 'counter' | 'isSynced'>> {
    return this.refusing(async () => {
      const { userHandle, ...signed } = response.response;
      // Level 3, 7.2 step 6: who was not known before is named by the authenticator.
      if (userHandle !== isoBase64URL.fromUTF8String(passkey.userId)) {
        throw new Error('the passkey names another user');
      }
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: { ...response, response: signed, clientExtensionResults: {} },
        expectedChallenge: challenge,
        ...this.expected(),
        credential: {
          id: passkey.credentialId,
          publicKey: new Uint8Array(passkey.publicKey),
          counter: passkey.counter,
        },
      });
      if (!verified) throw new Error('the signature is wrong');
      const { newCounter: counter, credentialBackedUp: isSynced } = authenticationInfo;
      return { counter, isSynced };
    });
  }

  private expected() {
    return {
      expectedOrigin: this.origin,
      expectedRPID: this.id,
      requireUserVerification: true,
    };
  }

  /** The library throws whatever comes to its mind; the reason is for the log. */
  private async refusing<T>(verify: () => Promise<T>): Promise<T> {
    try {
      return await verify();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn(`a passkey was refused: ${JSON.stringify(reason.slice(0, 300))}`);
      throw passkeyInvalid();
    }
  }
}

export function passkeyInvalid(): DomainError {
  return new DomainError('auth.passkey_invalid', 'The passkey or its challenge was not accepted.');
}

/**
 * We ask for no attestation, so browsers send none, or one by the new key itself. Anything else
 * would have a stranger's certificates parsed.
 */
function refuseCertificates(attestationObject: string): void {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  const format = attestation.get('fmt');
  if (format === 'none') return;
  if (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined) return;
  throw new Error('it came with an attestation nobody had asked for');
}
