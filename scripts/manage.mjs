import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { orExplain, prepare, ROOT } from './prepare.mjs';

await orExplain(() => prepare({ tools: false }));

const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', path.join(ROOT, 'dist/src/cli/main.js'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
