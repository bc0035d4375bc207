import type { OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { Mailer, type Mail } from '../../ports/mailer.js';

/** Sends each mail to the SMTP server at a URL such as `smtps://user:password@host:465`. */
export class SmtpMailer extends Mailer implements OnApplicationShutdown {
  private readonly transport;

  constructor(
    url: string,
    private readonly from: string,
  ) {
    super();
    this.transport = createTransport({ url, pool: true, connectionTimeout: 10_000 });
  }

  override async send(mail: Mail): Promise<void> {
    await this.transport.sendMail({ ...mail, from: this.from });
  }

  onApplicationShutdown(): void {
    this.transport.close();
  }
}
