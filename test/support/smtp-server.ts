import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A mail as it came over the wire. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** RFC 5322, headers and body. */
  message: Buffer;
}

/** A mail server on the loopback interface that delivers to nobody. */
export interface TestSmtpServer {
  /** `smtp://user:password@127.0.0.1:{port}` */
  url: string;
  port: number;
  /** Oldest first. */
  received: ReceivedMail[];
  stop(): Promise<void>;
}

const SMTP_USER = { name: 'videoflix', password: 'p@ss:word' };

/** Takes mails from whoever knows the password; addresses at `refused.example` it refuses. */
export async function startSmtpServer(port = 0): Promise<TestSmtpServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 100,
    onAuth: ({ username, password }, _, done) => {
      const known = username === SMTP_USER.name && password === SMTP_USER.password;
      if (known) done(null, { user: username });
      else done(new Error('Wrong password'));
    },
    onRcptTo: ({ address }, _, done) => {
      done(address.endsWith('@refused.example') ? new Error('Nobody of this name') : null);
    },
    onData: (stream, { envelope }, done) => {
      buffer(stream).then((message) => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), message });
        done();
      }, done);
    },
  });
  // A client that goes away without a word is its own affair.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const { port: actual } = server.server.address() as AddressInfo;
  const credentials = `${SMTP_USER.name}:${encodeURIComponent(SMTP_USER.password)}`;
  return {
    url: `smtp://${credentials}@127.0.0.1:${actual}`,
    port: actual,
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
