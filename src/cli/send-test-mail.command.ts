import { Command } from 'commander';
import { z } from 'zod';
import { testMail } from '../auth/mails/index.js';
import { SmtpMailer } from '../infrastructure/mail/smtp-mailer.js';
import { MailRefusedError, Mailer, type Mail } from '../ports/mailer.js';
import { CommandError, withServices } from './context.js';

interface Options {
  dialogue: boolean;
}

export const sendTestMailCommand = new Command('send-test-mail')
  .description('send a mail through the mail server of the settings, and tell how it went')
  .argument('<address>', 'who gets it')
  .option('--dialogue', 'print every line of the SMTP conversation, without passwords', false)
  .action(sendTestMail);

async function sendTestMail(address: string, { dialogue }: Options): Promise<void> {
  if (!z.email().safeParse(address).success) {
    throw new CommandError(`${address} is not a valid e-mail address.`);
  }
  const mail = testMail(address);
  await withServices(async (services) => {
    const mailer = services.get(Mailer);
    if (mailer instanceof SmtpMailer) await sendOverSmtp(mailer, mail, dialogue);
    else await keepAsFile(mailer, mail);
  });
}

async function sendOverSmtp(mailer: SmtpMailer, mail: Mail, dialogue: boolean): Promise<void> {
  console.log(`Sending a test mail to ${mail.to} through ${mailer.server}.`);
  const conversation = mailer.listen();
  try {
    const { answer } = await send(mailer, mail);
    console.log(`The server took it: ${answer}`);
  } finally {
    // Without an answer there was no connection to say something about.
    if (conversation.lastAnswer !== '') {
      const state = conversation.isEncrypted ? 'encrypted (TLS)' : 'not encrypted';
      console.log(`The connection was ${state}.`);
    }
    if (dialogue) for (const line of conversation.lines) console.log(line);
  }
}

async function keepAsFile(mailer: Mailer, mail: Mail): Promise<void> {
  const { answer } = await send(mailer, mail);
  console.log(`SMTP_URL is not set, so mails become files. This one is ${answer}`);
}

async function send(mailer: Mailer, mail: Mail): ReturnType<Mailer['send']> {
  try {
    return await mailer.send(mail);
  } catch (error) {
    if (!(error instanceof MailRefusedError)) throw error;
    throw new CommandError(`The mail was not taken: ${error.answer}`);
  }
}
