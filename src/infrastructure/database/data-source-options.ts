import type { DataSourceOptions } from 'typeorm';
import { InitialSchema1763700000000 } from '../../../migrations/1763700000000-initial-schema.js';
import { Accounts1763800000000 } from '../../../migrations/1763800000000-accounts.js';

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
    connectTimeoutMS: 5000,
    synchronize: false,
    entities,
    migrations: [InitialSchema1763700000000, Accounts1763800000000],
  };
}
