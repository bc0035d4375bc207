import { readFileSync } from 'node:fs';
import { SECRET_SETTINGS, SETTING_NAMES } from '../../../src/config/settings.js';

/** First cells of all tables in the README, without their backticks. */
const firstCells = readFileSync('README.md', 'utf8')
  .split('\n')
  .flatMap((line) => /^\| (`.+?) +\|/.exec(line)?.[1]?.replaceAll('`', '').split(', ') ?? []);

test('the README explains every setting', () => {
  expect(SETTING_NAMES.filter((name) => !firstCells.includes(name))).toEqual([]);
});

test('the README names the settings that may come from a file', () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(SECRET_SETTINGS.filter((name) => !readme.includes(`${name}_FILE`))).toEqual([]);
});

test.each(['package.json', 'web/package.json'])(
  'the README gives a reason for all of %s',
  (file) => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.filter((name) => !firstCells.includes(name))).toEqual([]);
  },
);
