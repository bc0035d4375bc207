import { DataSource, QueryFailedError } from 'typeorm';
import { PreparedStatements } from '../../../src/common/prepared-statement.js';
import { dataSourceOptions } from '../../../src/infrastructure/database/data-source-options.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let dataSource: DataSource;
let statements: PreparedStatements;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  statements = new PreparedStatements(dataSource);
});
afterEach(() => dataSource.destroy());

/** One question after the other uses the same connection. */
async function prepared(): Promise<string[]> {
  const rows = await dataSource.query<{ statement: string }[]>(
    'SELECT statement FROM pg_prepared_statements',
  );
  return rows.map(({ statement }) => statement);
}

test('a statement that comes again is prepared, and answers each question by itself', async () => {
  const text = 'SELECT $1::integer * 2 AS double';
  for (let asked = 1; asked <= 10; asked += 1) {
    expect(await statements.rows(text, [asked])).toEqual([{ double: asked * 2 }]);
    expect(await prepared()).toEqual(asked === 1 ? [] : [text]);
  }
});

test('no more than fifty are prepared, and all are answered', async () => {
  for (let number = 0; number < 60; number += 1) {
    for (const value of ['first', 'second', 'third']) {
      const rows = await statements.rows(`SELECT $1::text AS value, ${number} AS number`, [value]);
      expect(rows).toEqual([{ value, number }]);
    }
  }
  expect(await prepared()).toHaveLength(50);
});

test('what cannot be asked fails alike before and after it is prepared', async () => {
  for (let asked = 0; asked < 3; asked += 1) {
    const asking = statements.rows('SELECT 1 / $1::integer', [0]);
    await expect(asking).rejects.toThrow(QueryFailedError);
  }
  expect(await statements.rows('SELECT 1 / $1::integer AS whole', [1])).toEqual([{ whole: 1 }]);
});
