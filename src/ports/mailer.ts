export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Hands a mail to whatever delivers it. */
export abstract class Mailer {
  abstract send(mail: Mail): Promise<void>;
}
