import { Injectable } from '@nestjs/common';
import { describeKey, uploadKeysOf, type ObjectFacts } from '../media/stored-object.js';
import type { StoredObject } from '../ports/media-storage.js';
import { StoredObjectsRepository } from './stored-objects.repository.js';

type Described = StoredObject & { facts: ObjectFacts };
type OfKind<K extends ObjectFacts['kind']> = Extract<ObjectFacts, { kind: K }>;

/** Finds objects that no row knows. */
@Injectable()
export class OrphansService {
  constructor(private readonly rows: StoredObjectsRepository) {}

  /** Those of the objects that are ours and that no row knows; the others of a bucket are none of our business. */
  async among(objects: readonly StoredObject[]): Promise<StoredObject[]> {
    const described = objects.flatMap((object): Described[] => {
      const facts = describeKey(object.key);
      return facts ? [{ ...object, facts }] : [];
    });
    const isKnown = await this.lookUp(described);
    return described.filter((object) => !isKnown(object));
  }

  /** Asks once for each kind of object. */
  private async lookUp(objects: readonly Described[]): Promise<(object: Described) => boolean> {
    const keysOf = (...kinds: ObjectFacts['kind'][]) =>
      objects.filter(({ facts }) => kinds.includes(facts.kind)).map(({ key }) => key);
    const factsOf = <K extends ObjectFacts['kind']>(kind: K) =>
      objects.map(({ facts }) => facts).filter((facts): facts is OfKind<K> => facts.kind === kind);
    const [uploads, revisions, covers, subtitles, avatars] = await Promise.all([
      this.rows.uploadsAmong(keysOf('source', 'upload').flatMap(uploadKeysOf)),
      this.rows.revisionsAmong(factsOf('output').map(({ revisionId }) => revisionId)),
      this.rows.coversAmong(factsOf('cover').map(({ videoId }) => videoId)),
      this.rows.subtitlesAmong(factsOf('subtitles').map(({ subtitleId }) => subtitleId)),
      this.rows.avatarsAmong(keysOf('avatar')),
    ]);
    return ({ key, facts }) => {
      switch (facts.kind) {
        case 'source':
        case 'upload':
          return uploadKeysOf(key).some((own) => uploads.has(own));
        case 'output':
          return revisions.has(`${facts.videoId}/${facts.revisionId}`);
        case 'cover':
          return covers.has(facts.videoId);
        case 'subtitles':
          return subtitles.has(`${facts.videoId}/${facts.subtitleId}`);
        case 'avatar':
          return avatars.has(key);
        case 'probe':
          return false;
      }
    };
  }
}
