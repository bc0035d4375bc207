import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { SigningKeys } from '../common/media-token.js';
import { SecretBox } from '../common/secret-box.js';
import { PlaybackConfig } from '../config/config.js';
import { deriveKey, Secrets, type KeyPurpose } from '../config/secrets.js';
import { FIRST_KEY, keyTimes, type KeyTimes } from './key-times.js';
import { writeKeysFile, type KeysDocument } from './keys-file.js';
import type { MediaKey } from './media-key.entity.js';
import { MediaKeysRepository } from './media-keys.repository.js';

/** What a secret is sealed for; see {@link SecretBox}. */
export const SEAL = 'media key';

/** How long a process may not know of a change. */
const REFRESH_MS = 10_000;
/** Tokens with made-up numbers must not keep the database busy. */
const SHORTEST_PAUSE_MS = 1000;

/** The keys of media links as this process knows them, kept up to date with the database. */
@Injectable()
export class MediaKeyring implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(MediaKeyring.name);
  private rows: readonly MediaKey[] = [];
  private readonly derived = new Map<string, Buffer>();
  private nextReload: Promise<void> | undefined;
  private reloadedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly keys: MediaKeysRepository,
    private readonly secrets: Secrets,
    private readonly box: SecretBox,
    private readonly config: PlaybackConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.reload();
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The keys of one kind of token. */
  keysFor(purpose: KeyPurpose): SigningKeys {
    return {
      current: () => {
        const id = this.times().signing;
        return { id, key: this.key(id, purpose) };
      },
      find: (id) => (this.times().accepted.has(id) ? this.key(id, purpose) : undefined),
    };
  }

  /** Reloads as soon as the last time is a moment ago; without a database the known ones stay. */
  async refresh(): Promise<void> {
    this.nextReload ??= this.reloadSoon();
    await this.nextReload;
  }

  /** Looks for new keys, and writes them down for a proxy. */
  async reload(): Promise<void> {
    this.reloadedAt = performance.now();
    this.rows = await this.keys.findAll();
    this.derived.clear();
    if (this.config.keysFile !== undefined) {
      await writeKeysFile(this.config.keysFile, this.document());
    }
  }

  /** What a proxy that checks playback links has to know. */
  document(): KeysDocument {
    const keys = [...this.times().accepted].map((id) => {
      return [id, this.key(id, 'playback-token').toString('hex')] as const;
    });
    return Object.fromEntries(keys);
  }

  /** Whoever comes before it begins has its outcome; later ones may know of newer keys. */
  private async reloadSoon(): Promise<void> {
    const pause = this.reloadedAt + SHORTEST_PAUSE_MS - performance.now();
    await sleep(Math.max(0, pause), undefined, { ref: false });
    this.nextReload = undefined;
    try {
      await this.reload();
    } catch (error) {
      this.logger.warn(`Media keys: ${messageOf(error)}`);
    }
  }

  private times(): KeyTimes {
    return keyTimes(this.rows, new Date());
  }

  private key(id: number, purpose: KeyPurpose): Buffer {
    const name = `${id} ${purpose}`;
    const known = this.derived.get(name);
    if (known) return known;
    const key = this.deriveKey(id, purpose);
    this.derived.set(name, key);
    return key;
  }

  private deriveKey(id: number, purpose: KeyPurpose): Buffer {
    const row = this.rows.find((row) => row.id === id);
    if (id === FIRST_KEY || !row) return this.secrets.key(purpose);
    return deriveKey(this.box.open(row.sealedSecret, SEAL), purpose);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
