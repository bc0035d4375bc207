import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A secret from which the keys of media links are derived. */
@Entity('media_keys')
export class MediaKey {
  /** 1 to 255, and then from the beginning; tokens have one byte for it. */
  @PrimaryColumn('smallint')
  id!: number;

  @Column('bytea', { name: 'sealed_secret' })
  sealedSecret!: Buffer;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** By when every process, and every proxy that checks tokens, has to know it. */
  @Column('timestamptz', { name: 'signs_from' })
  signsFrom!: Date;

  /** Links of all keys before it are void, however fresh they are. */
  @Column('boolean', { name: 'voids_older', default: false })
  voidsOlder!: boolean;
}
