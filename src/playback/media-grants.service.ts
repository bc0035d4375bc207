import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { MediaTokens, type MediaGrant } from '../common/media-token.js';
import { MediaKeyring } from '../media-keys/media-keyring.service.js';

/** What the token of a link says, once it is believed. */
@Injectable()
export class MediaGrants {
  constructor(
    private readonly tokens: MediaTokens,
    private readonly keyring: MediaKeyring,
  ) {}

  /**
   * @param tokens of another kind than playback
   * @throws DomainError `media.invalid_token`, `media.expired_token`
   */
  async of(token: string, tokens = this.tokens): Promise<MediaGrant> {
    const grant = tokens.verify(token) ?? (await this.lookAgain(token, tokens));
    if (!grant) throw new DomainError('media.invalid_token', 'Ask for a new playback link.');
    if (grant.expiresAt >= new Date()) return grant;
    throw new DomainError('media.expired_token', 'Ask for a new playback link.');
  }

  /** Another process may have signed it with a key that was made a moment ago. */
  private async lookAgain(token: string, tokens: MediaTokens): Promise<MediaGrant | undefined> {
    if (tokens.knowsKeyOf(token)) return undefined;
    await this.keyring.refresh();
    return tokens.verify(token);
  }
}
