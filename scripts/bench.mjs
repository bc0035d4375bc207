import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { orExplain, prepare, ROOT } from './prepare.mjs';

await orExplain(() => prepare());

const { status } = spawnSync(
  process.execPath,
  [
    '--import',
    '@swc-node/register/esm-register',
    path.join(ROOT, 'test/bench/main.ts'),
    ...process.argv.slice(2),
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exit(status ?? 1);
