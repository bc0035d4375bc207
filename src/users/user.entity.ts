import {
  Column,
  CreateDateColumn,
  Entity,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
} from 'typeorm';
import type { UserRole } from '../common/access.js';

@Entity('users')
export class User {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  email!: string;

  @Column('text', { nullable: true })
  username!: string | null;

  @Column('text', { default: '' })
  name!: string;

  @Column('text', { default: 'en' })
  language!: string;

  @Column('text', { name: 'password_hash' })
  passwordHash!: string;

  @Column('text', { default: 'viewer' })
  role!: UserRole;

  /** Whether the account may be used: it was activated, and staff have not switched it off. */
  @Column('boolean', { name: 'is_active', default: false })
  isActive!: boolean;

  /**
   * Since when the account waits no more: its address was confirmed, or staff switched it on or off.
   */
  @Column('timestamptz', { name: 'activated_at', nullable: true })
  activatedAt!: Date | null;

  @Column('boolean', { name: 'is_demo', default: false })
  isDemo!: boolean;

  @Column('text', { name: 'avatar_key', nullable: true })
  avatarKey!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'last_login_at', nullable: true })
  lastLoginAt!: Date | null;

  /** Part of the keys under which failed sign-ins are counted: one more, and all counts are zero. */
  @Column('integer', { name: 'unlock_count', default: 0 })
  unlockCount!: number;

  /** When the owner asked for the account to be deleted; signing in takes it back. */
  @Column('timestamptz', { name: 'deletion_requested_at', nullable: true })
  deletionRequestedAt!: Date | null;
}
