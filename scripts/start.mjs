import { spawn } from 'node:child_process';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { orExplain, prepare, ROOT } from './prepare.mjs';

const args = process.argv.slice(2);
const onlyAsking = ['--help', '-h', '--version'].some((option) => args.includes(option));

await orExplain(() => prepare({ tools: !onlyAsking }));

const lifeline = new URL('./lifeline.mjs', import.meta.url).href;
const app = spawn(
  process.execPath,
  ['--enable-source-maps', '--import', lifeline, path.join(ROOT, 'dist/src/main.js'), ...args],
  {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // Ctrl-C reaches everyone in the terminal's group and npm passes it on as well; a session of
    // its own lets the application see each request to stop once, the one sent from here.
    detached: process.platform !== 'win32',
  },
);

const ECHO_MS = 300;
let heardAt = 0;

function pass(signal) {
  const echo = Date.now() - heardAt < ECHO_MS;
  heardAt = Date.now();
  if (!echo) app.kill(signal);
}

process.on('SIGINT', () => pass('SIGINT'));
process.on('SIGTERM', () => pass('SIGTERM'));
process.on('SIGHUP', () => pass('SIGTERM'));

// A signal to npm may end only npm or the shell between; what it started must not live on unseen.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    pass('SIGTERM');
  }, 250);
}

app.once('error', (error) => {
  process.stderr.write(`The server could not be started: ${error.message}\n`);
  process.exit(1);
});
app.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
