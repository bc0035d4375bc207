import { Entity, PrimaryColumn } from 'typeorm';

/** A code that replaces the authenticator once; kept as an HMAC. */
@Entity('recovery_codes')
export class RecoveryCode {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('bytea', { name: 'code_hash' })
  codeHash!: Buffer;
}
