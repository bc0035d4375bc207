/** Addresses of the web app's pages, for mails. */
export class AppLinks {
  constructor(private readonly appUrl: string) {}

  activation(uid: string, token: string): string {
    return `${this.appUrl}/activate?${new URLSearchParams({ uid, token }).toString()}`;
  }

  passwordReset(uid: string, token: string): string {
    return `${this.appUrl}/reset-password?${new URLSearchParams({ uid, token }).toString()}`;
  }

  login(): string {
    return `${this.appUrl}/login`;
  }
}
