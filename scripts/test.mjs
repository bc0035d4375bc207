import { spawn } from 'node:child_process';
import path from 'node:path';
import { orExplain, prepare, ROOT } from './prepare.mjs';
import { findTool, TEST_TOOLS } from './system-tools.mjs';

const faults = process.argv.includes('--faults');
const args = process.argv.slice(2).filter((arg) => arg !== '--faults');

await orExplain(() => prepare({ dev: true }));

const jest = spawn(
  process.execPath,
  [
    path.join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...(faults ? ['--config', 'jest.faults.config.js'] : ['--coverage']),
    ...args,
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CHROMIUM_PATH: findTool(TEST_TOOLS.find(isChromium)) },
  },
);
// Jest hears Ctrl-C itself; waiting for it keeps its last lines before the prompt.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => jest.kill('SIGTERM'));
jest.once('exit', (code) => process.exit(code ?? 1));

function isChromium({ name }) {
  return name === 'chromium';
}
