export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** What happened to a mail that was handed over. */
export interface MailReceipt {
  /** The server's last words such as `250 2.0.0 Ok: queued as 4R2x`, or where the file is. */
  answer: string;
}

/** The mail was not taken. */
export class MailRefusedError extends Error {
  override readonly name = 'MailRefusedError';

  /**
   * @param answer the server's words, such as `550 5.1.1 No such user`
   * @param isPermanent true when trying again cannot help (SMTP 5yz, RFC 5321 4.2.1)
   */
  constructor(
    readonly answer: string,
    readonly isPermanent: boolean,
  ) {
    super(answer);
  }
}

/** Hands a mail to whatever delivers it. */
export abstract class Mailer {
  /**
   * @param signal ends a conversation that is under way
   * @throws MailRefusedError when the server did not take it, or could not be reached
   */
  abstract send(mail: Mail, signal?: AbortSignal): Promise<MailReceipt>;
}
