import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/**
 * Signatures that have been used. In PostgreSQL, also where there is Redis: all processes share it, it
 * forgets nothing in a crash, and a request is not let through while it is away.
 */
@Injectable()
export class SpentSignaturesRepository {
  constructor(private readonly database: DataSource) {}

  /** Uses a signature up; false when somebody has done so before. */
  async spend(signature: string, until: Date): Promise<boolean> {
    await this.database.query('DELETE FROM spent_signatures WHERE expires_at < $1', [new Date()]);
    const spent = await this.database.query<unknown[]>(
      `INSERT INTO spent_signatures (signature, expires_at) VALUES ($1, $2)
       ON CONFLICT DO NOTHING RETURNING signature`,
      [Buffer.from(signature, 'hex'), until],
    );
    return spent.length === 1;
  }
}
