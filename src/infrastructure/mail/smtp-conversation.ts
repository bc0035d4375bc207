/** What an SMTP client and its server said to each other, without passwords. */
export class SmtpConversation {
  private readonly spoken: { speaker: 'client' | 'server'; words: string }[] = [];

  /** @param isTls true when TLS was there before the first word, as with `smtps:` */
  constructor(private readonly isTls: boolean) {}

  /** True once the two went on under TLS. */
  get isEncrypted(): boolean {
    // RFC 3207 4.2: after the handshake the client begins anew, with another EHLO.
    const commands = this.spoken.filter(({ speaker }) => speaker === 'client');
    const upgrade = commands.findIndex(({ words }) => words === 'STARTTLS');
    return this.isTls || (upgrade >= 0 && /^EHLO /.test(commands[upgrade + 1]?.words ?? ''));
  }

  /** The server's last words, on one line; empty when it said nothing. */
  get lastAnswer(): string {
    const answer = this.spoken.findLast(({ speaker }) => speaker === 'server');
    return answer?.words.replace(/\s+/g, ' ') ?? '';
  }

  /** A line each, marked with `>` for the client's and `<` for the server's. */
  get lines(): string[] {
    return this.spoken.flatMap(({ speaker, words }) =>
      words.split(/\r?\n/).map((line) => `${speaker === 'client' ? '>' : '<'} ${line}`),
    );
  }

  /** A logger for nodemailer, which marks the lines of a conversation with who says them. */
  get logger() {
    return {
      debug: ({ tnx }: { tnx?: unknown }, words: string) => {
        if (tnx === 'server') this.spoken.push({ speaker: tnx, words });
        if (tnx === 'client') this.spoken.push({ speaker: tnx, words: this.withoutSecrets(words) });
      },
    };
  }

  private withoutSecrets(words: string): string {
    // RFC 4954 4: credentials come with AUTH itself, or as answers to 334.
    if (this.lastAnswer.startsWith('334')) return '***';
    return words.replace(/^(AUTH \S+) .*/i, '$1 ***');
  }
}
