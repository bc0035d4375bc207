import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Accounts that were registered and never activated. */
@Injectable()
export class UnconfirmedAccounts {
  constructor(private readonly database: DataSource) {}

  /**
   * Deletes the row of such an account, in one statement: its owner may activate it, or ask for
   * another link, at any moment before.
   *
   * @returns false when it is confirmed, young or awaited, or gone already
   */
  async delete(userId: string, createdBefore: Date): Promise<boolean> {
    const [, count] = await this.database.query<[unknown, number]>(
      `DELETE FROM users WHERE id = $1 AND activated_at IS NULL AND NOT is_active
         AND created_at < $2 AND NOT EXISTS (
           SELECT 1 FROM mail_tokens
           WHERE user_id = users.id AND purpose = 'activation' AND expires_at > now())`,
      [userId, createdBefore],
    );
    return count === 1;
  }
}
