import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { requireTools, RUN_TOOLS, TEST_TOOLS } from './system-tools.mjs';

export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const NODE_MINIMUM = [20, 19];
const DEPENDENCIES_STAMP = 'node_modules/.videoflix-lock';
const LOCK = '.cache/prepare.lock';

/** What is built from what; the stamp holds the hash of the inputs of the last good build. */
const BUILDS = [
  {
    title: 'Building the server…',
    script: 'build:server',
    stamp: 'dist/.stamp',
    result: 'dist/src/main.js',
    inputs: ['src', 'migrations', 'fixtures', 'ormconfig.ts', 'nest-cli.json', 'package-lock.json'],
    folder: '.',
    pattern: /^tsconfig.*\.json$/,
  },
  {
    title: 'Building the web app…',
    script: 'build:web',
    stamp: 'web/dist/.stamp',
    result: 'web/dist/index.html',
    inputs: ['web/src', 'web/public', 'openapi.json', 'package-lock.json'],
    folder: 'web',
    pattern: /\.(ts|html|json)$/,
  },
];

/**
 * Brings a checkout to where it can run, doing only what is missing: dependencies, builds, tools.
 * `dev` adds what the tests need; `tools: false` leaves the system alone.
 */
export async function prepare({ dev = false, tools = true } = {}) {
  requireNode();
  const steps = () => [dependencyStep(), ...BUILDS.map(buildStep)].filter(Boolean);
  if (steps().length > 0) {
    await alone(async () => {
      // Looked at again, since another start may have done it all meanwhile.
      await dependencyStep()?.();
      for (const build of BUILDS) await buildStep(build)?.();
    });
  }
  if (tools) requireTools(dev ? [...RUN_TOOLS, ...TEST_TOOLS] : RUN_TOOLS, say);
}

/** Runs the task and ends this process with one sentence if it fails. */
export async function orExplain(task) {
  try {
    return await task();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = NODE_MINIMUM;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new Error(
    `Videoflix needs Node.js ${NODE_MINIMUM.join('.')} or newer, and this is ${process.versions.node}: get one at https://nodejs.org.`,
  );
}

function dependencyStep() {
  const wanted = hash(['package-lock.json']);
  if (read(DEPENDENCIES_STAMP) === wanted) return undefined;
  if (installedAsLocked()) {
    writeFileSync(at(DEPENDENCIES_STAMP), wanted);
    return undefined;
  }
  return async () => {
    say('Installing dependencies (once)…');
    // Also in production: what the build needs are development dependencies.
    await npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(at(DEPENDENCIES_STAMP), wanted);
  };
}

/** An installation made by hand is as good: npm notes in node_modules what it put there. */
function installedAsLocked() {
  const locked = packagesIn('package-lock.json');
  const installed = packagesIn('node_modules/.package-lock.json');
  if (!locked || !installed) return false;
  return Object.entries(locked).every(
    ([name, { version, integrity, link, optional, devOptional }]) => {
      if (!name.startsWith('node_modules/') || link) return true;
      const found = installed[name];
      if (!found) return Boolean(optional || devOptional);
      return found.version === version && found.integrity === integrity;
    },
  );
}

function packagesIn(file) {
  try {
    return JSON.parse(read(file)).packages;
  } catch {
    return undefined;
  }
}

function buildStep(build) {
  const { title, script, stamp, result } = build;
  if (existsSync(at(result)) && read(stamp) === inputHash(build)) return undefined;
  return async () => {
    say(title);
    await npm(['run', '--silent', script]);
    // Taken afterwards, because a build may generate some of its own inputs.
    writeFileSync(at(stamp), inputHash(build));
  };
}

function inputHash({ inputs, folder, pattern }) {
  const matching = readdirSync(at(folder)).filter((name) => pattern.test(name));
  return hash([...inputs, ...matching.map((name) => path.posix.join(folder, name))]);
}

/** One hash over the names and contents of these files and of all files in these folders. */
function hash(names) {
  const digest = createHash('sha256');
  for (const file of [...new Set(names)].sort().flatMap(filesIn)) {
    digest
      .update(`${file}\0`)
      .update(readFileSync(at(file)))
      .update('\0');
  }
  return digest.digest('hex');
}

function filesIn(name) {
  const stats = statSync(at(name), { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return [name];
  return readdirSync(at(name))
    .sort()
    .flatMap((child) => filesIn(path.posix.join(name, child)));
}

function read(name) {
  try {
    return readFileSync(at(name), 'utf8');
  } catch {
    return undefined;
  }
}

/** Runs npm silently; what it said is shown only when it fails. */
async function npm(args) {
  // The npm that runs this script, also where another one comes first in PATH.
  const cli = process.env.npm_execpath;
  const [program, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const child = spawn(program, [...first, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: program === 'npm' && process.platform === 'win32',
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  if (status === 0) return;
  process.stderr.write(output);
  throw new Error(`"npm ${args.join(' ')}" failed; its output is above.`);
}

/** Runs the task while no other process of this checkout does; a lock whose owner died is broken. */
async function alone(task) {
  const lock = at(LOCK);
  mkdirSync(path.dirname(lock), { recursive: true });
  // Moved into place with the pid in it, so nobody ever sees a lock without an owner.
  const own = mkdtempSync(`${lock}.`);
  writeFileSync(path.join(own, 'pid'), String(process.pid));
  let waiting = false;
  while (!take(own, lock)) {
    const owner = Number(read(path.join(LOCK, 'pid')));
    if (owner && !alive(owner)) breakLock(lock, owner);
    else if (!waiting) {
      waiting = true;
      say(`Waiting for another start (process ${owner}) to finish its preparations…`);
    }
    await delay(200);
  }
  try {
    await task();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function take(own, lock) {
  try {
    renameSync(own, lock);
    return true;
  } catch {
    return false;
  }
}

function breakLock(lock, owner) {
  const broken = `${lock}.broken-${process.pid}`;
  try {
    renameSync(lock, broken);
    // Another process may have broken it first and this be its new lock: give that one back.
    if (Number(readFileSync(path.join(broken, 'pid'), 'utf8')) !== owner) renameSync(broken, lock);
    else rmSync(broken, { recursive: true, force: true });
  } catch {
    // Somebody else was quicker.
  }
}

function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function at(name) {
  return path.join(ROOT, name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await orExplain(() => prepare({ dev: process.argv.includes('--dev') }));
}
