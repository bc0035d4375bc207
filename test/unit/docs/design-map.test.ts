import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Paths in the first column of the tables whose heading in docs/design.md names a folder. */
function mappedPaths(): string[] {
  let folder: string | undefined;
  return readFileSync('docs/design.md', 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('#')) folder = /`(.+\/)`$/.exec(line)?.[1];
      const names = folder && /^\| (`.+?) +\|/.exec(line)?.[1];
      return [...(names || '').matchAll(/`([^`]+)`/g)].map(([, name]) => `${folder}${name}`);
    });
}

test('every path on the design map exists', () => {
  expect(mappedPaths().filter((path) => !existsSync(path))).toEqual([]);
});

test('every source file of the server has its place on the design map', () => {
  const mapped = new Set(mappedPaths());
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name}`);
  expect(files.filter((file) => !mapped.has(file))).toEqual([]);
});
