import { Injectable } from '@nestjs/common';
import { describeKey } from '../media/stored-object.js';
import { MediaStorage } from '../ports/media-storage.js';
import { UsageRepository, type KindUsage, type Usage, type UserUsage } from './usage.repository.js';

export type { KindUsage, UserUsage };

const KINDS = ['sources', 'renditions', 'pictures and previews', 'subtitles', 'other'] as const;
type Kind = (typeof KINDS)[number];

/** How much room everything takes. */
@Injectable()
export class UsageReport {
  constructor(
    private readonly rows: UsageRepository,
    private readonly storage: MediaStorage,
  ) {}

  /** As far as the database knows: pictures, previews and subtitles are not in it. */
  async known(userLimit: number): Promise<Usage> {
    return this.rows.usage(userLimit);
  }

  /** As the storage lists it, object by object, also what no row knows. */
  async measured(): Promise<KindUsage[]> {
    const usage = new Map(KINDS.map((kind) => [kind, { kind, objects: 0, bytes: 0 }]));
    for await (const { key, sizeBytes } of this.storage.entries('')) {
      const entry = usage.get(kindOf(key));
      if (!entry) continue;
      entry.objects += 1;
      entry.bytes += sizeBytes;
    }
    return [...usage.values()];
  }
}

function kindOf(key: string): Kind {
  const facts = describeKey(key);
  switch (facts?.kind) {
    case 'source':
      return 'sources';
    case 'output':
      return facts.isPicture ? 'pictures and previews' : 'renditions';
    case 'upload':
    case 'cover':
    case 'avatar':
      return 'pictures and previews';
    case 'subtitles':
      return 'subtitles';
    case 'probe':
    case undefined:
      return 'other';
  }
}
