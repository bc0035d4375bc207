import type { DataSourceOptions } from 'typeorm';
import { InitialSchema1763700000000 } from '../../../migrations/1763700000000-initial-schema.js';
import { Accounts1763800000000 } from '../../../migrations/1763800000000-accounts.js';
import { Subtitles1763910000000 } from '../../../migrations/1763910000000-subtitles.js';
import { Previews1763920000000 } from '../../../migrations/1763920000000-previews.js';
import { BoundActivations1764000000000 } from '../../../migrations/1764000000000-bound-activations.js';
import { EncodingPace1764100000000 } from '../../../migrations/1764100000000-encoding-pace.js';
import { UploadSessions1764200000000 } from '../../../migrations/1764200000000-upload-sessions.js';
import { DirectUploads1764230000000 } from '../../../migrations/1764230000000-direct-uploads.js';
import { Services1764210000000 } from '../../../migrations/1764210000000-services.js';
import { UploadRefusals1764220000000 } from '../../../migrations/1764220000000-upload-refusals.js';
import { SharedSources1764240000000 } from '../../../migrations/1764240000000-shared-sources.js';
import { Housekeeping1764250000000 } from '../../../migrations/1764250000000-housekeeping.js';
import { Library1764300000000 } from '../../../migrations/1764300000000-library.js';
import { VideoStats1764350000000 } from '../../../migrations/1764350000000-video-stats.js';
import { Catalogue1764400000000 } from '../../../migrations/1764400000000-catalogue.js';
import { Reactions1764450000000 } from '../../../migrations/1764450000000-reactions.js';
import { MediaKeys1764480000000 } from '../../../migrations/1764480000000-media-keys.js';
import { PlainTitles1764500000000 } from '../../../migrations/1764500000000-plain-titles.js';
import { ProcessingControl1763900000000 } from '../../../migrations/1763900000000-processing-control.js';

/** Long enough for a machine whose cores are all encoding. */
export const CONNECT_TIMEOUT_MILLISECONDS = 15_000;

/** TypeORM's options for the database at `url`. */
export function dataSourceOptions(
  url: string,
  entities: Extract<DataSourceOptions['entities'], unknown[]> = [],
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'videoflix',
    poolSize: 10,
    connectTimeoutMS: CONNECT_TIMEOUT_MILLISECONDS,
    synchronize: false,
    entities,
    migrations: [
      InitialSchema1763700000000,
      Accounts1763800000000,
      ProcessingControl1763900000000,
      Subtitles1763910000000,
      Previews1763920000000,
      BoundActivations1764000000000,
      EncodingPace1764100000000,
      UploadSessions1764200000000,
      DirectUploads1764230000000,
      Services1764210000000,
      SharedSources1764240000000,
      UploadRefusals1764220000000,
      Housekeeping1764250000000,
      Library1764300000000,
      VideoStats1764350000000,
      Catalogue1764400000000,
      Reactions1764450000000,
      MediaKeys1764480000000,
      PlainTitles1764500000000,
    ],
  };
}
