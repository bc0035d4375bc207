import type { OnApplicationShutdown } from '@nestjs/common';
import { createTransport, type NodemailerError } from 'nodemailer';
import { MailRefusedError, Mailer, type Mail, type MailReceipt } from '../../ports/mailer.js';
import { SmtpConversation } from './smtp-conversation.js';

/** From looking up the server's name to its greeting. */
const CONNECTION_MILLISECONDS = 30_000;

/** Between any two words: its filters may think for a while before a server takes a mail. */
const SILENCE_MILLISECONDS = 60_000;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i;

/**
 * Sends each mail to the SMTP server at a URL such as `smtps://user:password@host:465`. With
 * `smtp:` it changes to TLS where the server offers STARTTLS, and insists on it before it says a
 * password, unless the server is on this machine; `?requireTLS=false` or `true` decides otherwise.
 * `?tls.rejectUnauthorized=false` takes any certificate.
 */
export class SmtpMailer extends Mailer implements OnApplicationShutdown {
  private transport;

  constructor(
    private readonly url: string,
    private readonly from: string,
  ) {
    super();
    this.transport = openTransport(url);
  }

  /** `host:port` */
  get server(): string {
    const { hostname, port, protocol } = new URL(this.url);
    return `${hostname}:${port || (protocol === 'smtps:' ? 465 : 587)}`;
  }

  override async send(mail: Mail, signal?: AbortSignal): Promise<MailReceipt> {
    try {
      const { response } = await this.transport.sendMail({
        ...mail,
        from: this.from,
        ...(signal ? { signal } : {}),
      });
      return { answer: response };
    } catch (error) {
      throw refusalOf(error as NodemailerError);
    }
  }

  /** Starts over with the server, and writes down what is said from now on. */
  listen(): SmtpConversation {
    this.transport.close();
    const conversation = new SmtpConversation(this.url.startsWith('smtps:'));
    this.transport = openTransport(this.url, conversation);
    return conversation;
  }

  onApplicationShutdown(): void {
    this.transport.close();
  }
}

function openTransport(url: string, conversation?: SmtpConversation) {
  return createTransport({
    url,
    pool: true,
    // What the URL says of these counts more.
    requireTLS: risksPassword(url),
    connectionTimeout: CONNECTION_MILLISECONDS,
    socketTimeout: SILENCE_MILLISECONDS,
    ...(conversation ? { logger: conversation.logger, debug: true } : {}),
  });
}

/** Whether a password is said that others could overhear: on this machine nobody does. */
function risksPassword(url: string): boolean {
  const { username, password, hostname } = new URL(url);
  return username + password !== '' && !LOOPBACK.test(hostname);
}

function refusalOf(error: NodemailerError): MailRefusedError {
  return new MailRefusedError(error.response ?? error.message, isPermanent(error));
}

/** "Authentication required", "too weak", "credentials invalid", "encryption required" (RFC 4954 6). */
const WRONG_SETTINGS = [530, 534, 535, 538];

/**
 * Only a 5yz about the sender, the recipient or the message is the mail's fault. To a greeting, to
 * STARTTLS or to AUTH it means that the settings are wrong, which will be put right.
 */
function isPermanent({ code, response, responseCode, permanent }: NodemailerError): boolean {
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return false;
  // Without an answer, nodemailer itself found that no server can take this mail.
  if (response === undefined) return true;
  return permanent === true && !WRONG_SETTINGS.includes(responseCode ?? 0);
}
