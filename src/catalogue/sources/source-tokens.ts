import { MediaTokens } from '../../common/media-token.js';

/** Tokens for sources, under a key of their own: a playback link tells nobody how to get the original. */
export class SourceTokens extends MediaTokens {}
