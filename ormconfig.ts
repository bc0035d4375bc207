import { DataSource } from 'typeorm';
import { dataSourceOptions } from './src/infrastructure/database/data-source-options.js';
import { loadConfig } from './src/config/config.js';
import { ENTITIES } from './src/entities.js';

const { database } = loadConfig();
if (database.kind !== 'external') {
  throw new Error('The TypeORM command line works on DATABASE_URL: set it and try again.');
}

export default new DataSource(dataSourceOptions(database.url, [...ENTITIES]));
