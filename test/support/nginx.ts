import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './server.js';
import { until } from './until.js';

/** Where systems put nginx's module for scripts. */
const NJS_MODULES = ['/usr/lib/nginx', '/usr/lib64/nginx', '/usr/share/nginx'].map(
  (folder) => `${folder}/modules/ngx_http_js_module.so`,
);

/** A real nginx with one of the sites of `deploy/nginx`. */
export interface Nginx {
  origin: string;
  /** Of the process that listens. */
  pid: number;
  stop(): Promise<void>;
}

interface Site {
  /** Name of the file in `deploy/nginx`. */
  file: string;
  /** What the site has before it: `127.0.0.1:{port}`. */
  upstream: string;
  /** Of the application. */
  dataDir: string;
}

/**
 * Starts nginx on a site as it is delivered, but for what every installation changes: names, ports,
 * certificates and folders. One process, so that a bench can pin it.
 */
export async function startNginx(
  { file, upstream, dataDir }: Site,
  wrapper: readonly string[] = [],
): Promise<Nginx> {
  const site = await readFile(path.join('deploy/nginx', file), 'utf8');
  return startNginxOn(
    (folder, port) =>
      adapted(site, {
        '/var/lib/videoflix': dataDir,
        '/var/cache/nginx/videoflix': path.join(folder, 'cache'),
        '/etc/nginx/videoflix': path.resolve('deploy/nginx'),
        '127.0.0.1:8000': upstream,
        'listen 443 ssl http2': `listen 127.0.0.1:${port}`,
      }),
    wrapper,
  );
}

/** Starts nginx on any site. */
export async function startNginxOn(
  siteAt: (folder: string, port: string) => string,
  wrapper: readonly string[] = [],
): Promise<Nginx> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'videoflix-nginx-'));
  const port = await freePort();
  const site = siteAt(folder, port);
  await writeFile(path.join(folder, 'nginx.conf'), mainConfiguration(folder, site));
  const [program, ...rest] = [...wrapper, 'nginx', '-p', folder, '-c', 'nginx.conf'];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  child.on('error', () => undefined);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const origin = `http://127.0.0.1:${port}`;
  await until(
    async () => {
      if (child.exitCode !== null || child.pid === undefined)
        throw new Error(`nginx does not run: ${complaints}`);
      return fetch(`${origin}/none`).catch(() => undefined);
    },
    { what: 'nginx' },
  );
  return {
    origin,
    pid: child.pid ?? 0,
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function adapted(site: string, replacements: Readonly<Record<string, string>>): string {
  // Without TLS, the site that leads to it has nothing to do.
  let text = site.replace(/^server \{\n {4}listen 80;[^}]*\}\n/m, '');
  text = text.replace(/^ *(ssl_certificate|access_log)\b.*\n/gm, '');
  for (const [from, to] of Object.entries(replacements)) text = text.replaceAll(from, to);
  return text;
}

function mainConfiguration(folder: string, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
load_module ${NJS_MODULES.find((file) => existsSync(file)) ?? 'njs-is-missing'};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${site}
}
`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
