import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as it came over the wire. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** RFC 5322, headers and body. */
  message: Buffer;
  /** True when it came under TLS. */
  encrypted: boolean;
}

/** A mail server on the loopback interface that delivers to nobody. */
export interface TestSmtpServer {
  /** `smtp://user:password@127.0.0.1:{port}`; with TLS it also says which certificate to trust. */
  url: string;
  port: number;
  /** Oldest first. */
  received: ReceivedMail[];
  /** Recipients that were put off, as often as they were. */
  putOff: string[];
  stop(): Promise<void>;
}

interface Options {
  port?: number;
  /** `starttls` offers it and takes nothing without it; `implicit` is TLS from the first byte. */
  tls?: 'starttls' | 'implicit';
}

const SMTP_USER = { name: 'videoflix', password: 'p@ss:word' };

/**
 * Takes mails from whoever knows the password. Addresses at `refused.example` it refuses for good,
 * those at `full.example` for now, and those at `greylisted.example` for now and once each.
 */
export async function startSmtpServer({ port = 0, tls }: Options = {}): Promise<TestSmtpServer> {
  const received: ReceivedMail[] = [];
  const putOff: string[] = [];
  const certificate = tls && (await certificateOfThisRun());
  const server = new SMTPServer({
    ...transportOptions(tls, certificate),
    closeTimeout: 100,
    logger: false,
    onAuth: ({ username, password }, _, done) => {
      const known = username === SMTP_USER.name && password === SMTP_USER.password;
      if (known) done(null, { user: username });
      else done(answer(535, '5.7.8 Wrong password'));
    },
    onRcptTo: ({ address }, _, done) => {
      const refusal = refusalOf(address, putOff);
      if (refusal?.responseCode === 451) putOff.push(address);
      done(refusal);
    },
    onData: (stream, { envelope, secure }, done) => {
      buffer(stream).then((message) => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        const to = envelope.rcptTo.map(({ address }) => address);
        received.push({ from, to, message, encrypted: secure });
        done();
      }, done);
    },
  });
  // A client that goes away without a word is its own affair.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const { port: actual } = server.server.address() as AddressInfo;
  return {
    url: urlOf(actual, tls, certificate),
    port: actual,
    received,
    putOff,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function transportOptions(tls: Options['tls'], certificate = ''): SMTPServerOptions {
  if (tls === undefined) return { disabledCommands: ['STARTTLS'], allowInsecureAuth: true };
  return { secure: tls === 'implicit', key: certificate, cert: certificate };
}

function urlOf(port: number, tls: Options['tls'], certificate?: string): string {
  const credentials = `${SMTP_USER.name}:${encodeURIComponent(SMTP_USER.password)}`;
  const trusted = certificate ? `?tls.ca=${encodeURIComponent(certificate)}` : '';
  return `smtp${tls === 'implicit' ? 's' : ''}://${credentials}@127.0.0.1:${port}${trusted}`;
}

function refusalOf(address: string, putOff: readonly string[]) {
  if (address.endsWith('@refused.example')) return answer(550, '5.1.1 Nobody of this name');
  if (address.endsWith('@full.example')) return answer(451, '4.2.2 No room left');
  const isNew = !putOff.includes(address);
  if (address.endsWith('@greylisted.example') && isNew)
    return answer(451, '4.7.1 Greylisted, come back');
  return null;
}

function answer(responseCode: number, words: string): Error & { responseCode: number } {
  return Object.assign(new Error(words), { responseCode });
}

let certificate: Promise<string> | undefined;

/** A key and the certificate that it has signed for itself, in one PEM. */
async function certificateOfThisRun(): Promise<string> {
  certificate ??= promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-days', '1'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', '-', '-out', '-'],
  ]).then(({ stdout }) => stdout);
  return certificate;
}
