import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SessionsSchema, toSessionDto } from '../auth/sessions/sessions.dto.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { DetailSchema } from '../common/detail.dto.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { pageFields } from '../common/pagination.js';
import { UsersService } from '../users/users.service.js';
import {
  AdminUserChangeSchema,
  AdminUserListQuerySchema,
  AdminUserPageSchema,
  AdminUserSchema,
  toAdminUserDto,
  type AdminUserChange,
  type AdminUserListQuery,
} from './admin-users.dto.js';
import { UserAdministration } from './user-administration.service.js';

@ApiTags('Administration')
@Controller('admin/users')
export class AdminUsersController {
  constructor(
    private readonly users: UsersService,
    private readonly administration: UserAdministration,
  ) {}

  @Get()
  @Operation({
    summary: 'Users, the newest first',
    access: 'staff',
    returns: AdminUserPageSchema,
  })
  async list(@Query({ schema: AdminUserListQuerySchema }) query: AdminUserListQuery) {
    const { page, page_size: pageSize, search, role, is_active: isActive, demo } = query;
    const filter = { search, role, isActive, isDemo: demo ? undefined : false };
    const [users, totalCount] = await this.users.page(filter, page, pageSize);
    return { users: users.map(toAdminUserDto), ...pageFields(totalCount, page, pageSize) };
  }

  @Get(':id')
  @Operation({
    summary: 'One user',
    access: 'staff',
    returns: AdminUserSchema,
    errors: ['user.not_found'],
  })
  async get(@Param('id', { schema: IdParam }) id: string) {
    return toAdminUserDto(await this.administration.get(id));
  }

  @Patch(':id')
  @Operation({
    summary: 'Give somebody another role, or switch the account on or off',
    description:
      'Staff may switch viewers on and off; the rest is for superusers. Switching off ends all sessions at once. An account that waits for its activation waits no more: switched on, it has the password of its latest registration. The last active superuser stays one.',
    access: 'staff',
    returns: AdminUserSchema,
    errors: ['user.not_found', 'user.last_superuser', 'user.being_erased', 'auth.csrf'],
  })
  async change(
    @Param('id', { schema: IdParam }) id: string,
    @Body({ schema: AdminUserChangeSchema }) { role, is_active: isActive }: AdminUserChange,
    @CurrentViewer() viewer: Viewer,
  ) {
    return toAdminUserDto(await this.administration.change(viewer, id, { role, isActive }));
  }

  @Post(':id/unlock')
  @Operation({
    summary: 'Let failed sign-ins be forgotten, so that somebody can sign in at once',
    description: 'Superusers are unlocked by superusers only.',
    access: 'staff',
    returns: DetailSchema,
    errors: ['user.not_found', 'auth.csrf'],
  })
  async unlock(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.administration.unlock(viewer, id);
    return { detail: 'Failed sign-ins are forgotten.' };
  }

  @Get(':id/sessions')
  @Operation({
    summary: 'Where somebody is signed in; the last seen device first',
    description: 'Those of superusers are for superusers.',
    access: 'staff',
    returns: SessionsSchema,
    errors: ['user.not_found'],
  })
  async listSessions(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
  ) {
    const sessions = await this.administration.listSessions(viewer, id);
    return { sessions: sessions.map((session) => toSessionDto(session, viewer.sessionId)) };
  }

  @Delete(':id/sessions')
  @Operation({
    summary: 'Sign somebody out on all devices',
    description: 'Superusers are signed out by superusers only.',
    access: 'staff',
    returns: DetailSchema,
    errors: ['user.not_found', 'auth.csrf'],
  })
  async endSessions(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    const count = await this.administration.endSessions(viewer, id);
    return { detail: `Signed out on ${count} ${count === 1 ? 'device' : 'devices'}.` };
  }

  @Delete(':id/second-factor')
  @Operation({
    summary: 'Leave an account with its password alone, for an owner who has lost everything else',
    description:
      'Switches two-factor sign-in off and removes all passkeys; a mail tells the owner.',
    access: 'superuser',
    returns: DetailSchema,
    errors: ['user.not_found', 'auth.csrf'],
  })
  async resetSecondFactor(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
  ) {
    await this.administration.resetSecondFactor(viewer, id);
    return { detail: 'The password alone opens the account now.' };
  }
}
