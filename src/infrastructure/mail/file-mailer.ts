import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import type MailMessage from 'nodemailer/lib/mailer/mail-message';
import { MailRefusedError, Mailer, type Mail, type MailReceipt } from '../../ports/mailer.js';

/** Keeps each mail as one RFC 5322 file and prints the links in it, for an installation without SMTP. */
export class FileMailer extends Mailer {
  private readonly logger = new Logger('Mail');
  private readonly transport = createTransport({ streamTransport: true, buffer: true }).use(
    'stream',
    keepLinksWhole,
  );

  constructor(
    private readonly directory: string,
    private readonly from: string,
  ) {
    super();
  }

  override async send(mail: Mail): Promise<MailReceipt> {
    try {
      const file = await this.write(mail);
      const links = mail.text.match(/https?:\/\/\S+/g) ?? [];
      this.logger.log(`"${mail.subject}" for ${mail.to}: ${[...links, file].join('  ')}`);
      return { answer: `kept in ${file}` };
    } catch (error) {
      // A full disk, a folder that may not be written to: somebody can put that right.
      throw new MailRefusedError(error instanceof Error ? error.message : String(error), false);
    }
  }

  private async write(mail: Mail): Promise<string> {
    const { message } = await this.transport.sendMail({ ...mail, from: this.from });
    await mkdir(this.directory, { recursive: true });
    const name = `${new Date().toISOString().replaceAll(':', '-')}_${randomUUID().slice(0, 8)}`;
    const file = path.join(this.directory, `${name}.eml`);
    await writeFile(`${file}.part`, message, { mode: 0o600 });
    await rename(`${file}.part`, file);
    return file;
  }
}

/**
 * Nodemailer encodes text with lines of more than 76 characters, which cuts links to pieces for
 * whoever opens the file. RFC 5322 2.1.1 allows 998.
 */
function keepLinksWhole({ message }: MailMessage, done: (error?: Error | null) => void): void {
  for (const part of message.childNodes) Object.assign(part, { _hasLongLines: false });
  done();
}
