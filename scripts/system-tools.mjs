import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';

const MANAGERS = ['apt', 'dnf', 'pacman', 'zypper', 'apk', 'brew', 'winget'];

/** Packages in the order of MANAGERS. */
const packages = (...names) => Object.fromEntries(MANAGERS.map((name, i) => [name, names[i]]));

const FFMPEG = packages(...Array(6).fill('ffmpeg'), 'Gyan.FFmpeg');
const GSTREAMER = ['gstreamer', 'GStreamerProject.GStreamer'];

/**
 * Programs that npm cannot bring: commands of which one must be there, the setting that names
 * another path, and the packages. `element` is a GStreamer element that tells whether a set of
 * plugins is there, `files` are places of which one has to exist.
 */
export const RUN_TOOLS = [
  { name: 'ffmpeg', commands: ['ffmpeg'], setting: 'FFMPEG_PATH', packages: FFMPEG },
  { name: 'ffprobe', commands: ['ffprobe'], setting: 'FFPROBE_PATH', packages: FFMPEG },
];

export const TEST_TOOLS = [
  {
    name: 'chromium',
    commands: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    setting: 'CHROMIUM_PATH',
    packages: packages(...Array(5).fill('chromium'), 'google-chrome', 'Google.Chrome'),
  },
  {
    name: 'redis-server',
    commands: ['redis-server', 'valkey-server'],
    packages: packages(
      'redis-server',
      'valkey',
      'valkey',
      ...Array(3).fill('redis'),
      'Redis.Redis',
    ),
  },
  {
    name: 'gst-launch-1.0',
    commands: ['gst-launch-1.0'],
    packages: packages(
      ...['gstreamer1.0-tools', 'gstreamer1', 'gstreamer', 'gstreamer-utils', 'gstreamer-tools'],
      ...GSTREAMER,
    ),
  },
  plugins('base', 'videoconvert', 'gstreamer1-plugins-base'),
  plugins('good', 'qtdemux', 'gstreamer1-plugins-good'),
  plugins('bad', 'hlsdemux', 'gstreamer1-plugins-bad-free'),
  {
    name: 'GStreamer plugins libav',
    element: 'avdec_h264',
    packages: packages(
      ...['gstreamer1.0-libav', 'gstreamer1-plugin-libav', 'gst-libav', 'gstreamer-plugins-libav'],
      ...['gst-libav', ...GSTREAMER],
    ),
  },
  // The S3 server of the tests: one node of Ceph, which Debian and its relatives package whole.
  ceph('radosgw', 'ceph-radosgw'),
  ceph('ceph-mon', 'ceph-mon'),
  ceph('ceph-osd', 'ceph-osd'),
  ceph('ceph', 'ceph-common'),
  {
    name: 'nginx',
    commands: ['nginx', '/usr/sbin/nginx'],
    packages: packages(...Array(6).fill('nginx'), 'nginxinc.nginx'),
  },
  // Its module for scripts; not every system packages it for its own nginx.
  {
    name: 'nginx module njs',
    files: [
      '/usr/lib/nginx/modules/ngx_http_js_module.so',
      '/usr/lib64/nginx/modules/ngx_http_js_module.so',
      '/usr/share/nginx/modules/ngx_http_js_module.so',
    ],
    packages: packages(
      ...['libnginx-mod-http-js', 'nginx-mod-js', 'nginx-mod-njs', 'nginx-module-njs'],
      ...['nginx-mod-http-js', 'njs', 'nginxinc.nginx'],
    ),
  },
  // Shows which files and sockets a tool opens; only Linux has it.
  ...(process.platform === 'linux'
    ? [{ name: 'strace', commands: ['strace'], packages: packages(...Array(5).fill('strace')) }]
    : []),
];

function ceph(command, rpm) {
  const apt = command === 'ceph' ? 'ceph-common' : command;
  return {
    name: command,
    commands: [command],
    packages: packages(apt, rpm, ...Array(5).fill('ceph')),
  };
}

function plugins(set, element, dnf) {
  const arch = `gst-plugins-${set}`;
  const names = [`gstreamer1.0-plugins-${set}`, dnf, arch, `gstreamer-plugins-${set}`, arch];
  return {
    name: `GStreamer plugins ${set}`,
    element,
    packages: packages(...names, ...GSTREAMER),
  };
}

/**
 * Makes sure that the tools are there: installs them where apt-get may be used without a question,
 * and anywhere else throws one sentence with the command that does.
 */
export function requireTools(tools, say) {
  const missing = tools.filter((tool) => !findTool(tool));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  const installer = aptInstaller();
  if (installer) {
    say(`Installing ${names} (once)…`);
    installer(unique(missing.map((tool) => tool.packages.apt)));
  }
  const still = missing.filter((tool) => !findTool(tool));
  if (still.length > 0) throw new Error(instruction(still));
}

/** Path of the program, or undefined; a setting that names a wrong path is an error of its own. */
export function findTool({ name, commands, setting, element, files }) {
  if (files) return files.find((file) => existsSync(file));
  if (element) {
    return spawnSync('gst-inspect-1.0', ['--exists', element]).status === 0 ? element : undefined;
  }
  const chosen = setting && process.env[setting];
  if (!chosen) return commands.map(findProgram).find(Boolean);
  const found = findProgram(chosen);
  if (!found) throw new Error(`${setting}: ${chosen} is not a program (it should be ${name}).`);
  return found;
}

function findProgram(command) {
  const windows = process.platform === 'win32';
  const folders =
    path.basename(command) === command ? (process.env.PATH ?? '').split(path.delimiter) : [''];
  const endings = windows ? ['', '.exe', '.cmd'] : [''];
  return folders
    .flatMap((folder) => endings.map((ending) => path.join(folder, command + ending)))
    .find(isProgram);
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function aptInstaller() {
  if (!findProgram('apt-get')) return undefined;
  const root = process.getuid?.() === 0;
  if (!root && spawnSync('sudo', ['-n', 'true']).status !== 0) return undefined;
  // Another installation may be running: wait for its lock instead of failing.
  const apt = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=120'];
  const prefix = [...(root ? [] : ['sudo', '-n']), 'env', 'DEBIAN_FRONTEND=noninteractive', ...apt];
  return (names) => {
    for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...names]]) {
      const [program, ...rest] = [...prefix, ...args];
      const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
      // A list that could not be refreshed may still be good enough to install from.
      if (status !== 0 && args[0] === 'install') process.stderr.write(stderr ?? '');
    }
  };
}

const COMMANDS = {
  apt: ['apt-get', 'apt-get install --no-install-recommends'],
  brew: ['brew', 'brew install'],
  dnf: ['dnf', 'dnf install'],
  pacman: ['pacman', 'pacman -S'],
  zypper: ['zypper', 'zypper install'],
  apk: ['apk', 'apk add'],
  winget: ['winget', 'winget install'],
};

function instruction(tools) {
  const names = tools.map(({ name }) => name).join(', ');
  const settings = unique(tools.map(({ setting }) => setting).filter(Boolean)).join(' and ');
  const otherwise = settings ? `, or set ${settings}` : '';
  const manager = MANAGERS.find((name) => findProgram(COMMANDS[name][0])) ?? fallbackManager();
  if (!manager) return `Missing: ${names}. Install them and start again${otherwise}.`;
  const asRoot = ['brew', 'winget'].includes(manager) || process.getuid?.() === 0 ? '' : 'sudo ';
  const wanted = unique(tools.map((tool) => tool.packages[manager])).join(' ');
  return `Missing: ${names}. Install with "${asRoot}${COMMANDS[manager][1]} ${wanted}" and start again${otherwise}.`;
}

function fallbackManager() {
  return { darwin: 'brew', win32: 'winget' }[process.platform];
}

function unique(values) {
  return [...new Set(values)];
}
