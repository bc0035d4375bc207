import { Injectable } from '@nestjs/common';
import { AccountsConfig } from '../../config/config.js';

/** Addresses of the web app's pages, for mails. */
@Injectable()
export class AppLinks {
  constructor(private readonly config: AccountsConfig) {}

  activation(uid: string, token: string): string {
    return this.page('activate', { uid, token });
  }

  passwordReset(uid: string, token: string): string {
    return this.page('reset-password', { uid, token });
  }

  emailChange(uid: string, token: string): string {
    return this.page('confirm-email', { uid, token });
  }

  forgotPassword(): string {
    return this.page('forgot-password');
  }

  login(): string {
    return this.page('login');
  }

  private page(name: string, query: Record<string, string> = {}): string {
    const search = new URLSearchParams(query).toString();
    return `${this.config.appUrl}/${name}${search ? `?${search}` : ''}`;
  }
}
