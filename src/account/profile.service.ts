import { Injectable } from '@nestjs/common';
import { OwnedVideosService } from '../catalogue/owned-videos.service.js';
import { DomainError } from '../common/domain-error.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { ProfileChanges } from './profile.dto.js';

/** What people say about themselves. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly users: UsersService,
    private readonly videos: OwnedVideosService,
  ) {}

  /** @throws DomainError `auth.session_revoked` when the account is gone */
  async get(userId: string): Promise<User> {
    const user = await this.users.findById(userId);
    if (!user) throw new DomainError('auth.session_revoked', 'Please sign in again.');
    return user;
  }

  /** @throws DomainError `user.exists` when the username is taken */
  async change(userId: string, { name, username, language }: ProfileChanges): Promise<User> {
    const changes = {
      ...(name === undefined ? {} : { name }),
      ...(username === undefined ? {} : { username }),
      ...(language === undefined ? {} : { language }),
    };
    if (Object.keys(changes).length > 0) await this.users.update(userId, changes);
    if (name !== undefined) await this.videos.noteOwnersName();
    return this.get(userId);
  }
}
