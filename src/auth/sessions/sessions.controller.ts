import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { DetailSchema } from '../../common/detail.dto.js';
import { DomainError } from '../../common/domain-error.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import { SessionsSchema, toSessionDto } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('Accounts')
@Controller('auth/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @Operation({
    summary: 'Where I am signed in; the last seen device first',
    access: 'session',
    returns: SessionsSchema,
    validates: false,
  })
  async list(@CurrentViewer() viewer: Viewer) {
    const sessions = await this.sessions.list(viewer.id);
    return { sessions: sessions.map((session) => toSessionDto(session, viewer.sessionId)) };
  }

  @Delete()
  @Operation({
    summary: 'Sign out on all other devices',
    access: 'session',
    returns: DetailSchema,
    errors: ['auth.csrf'],
    validates: false,
  })
  async revokeOthers(@CurrentViewer() viewer: Viewer) {
    const count = await this.sessions.revokeOthers(viewer);
    return { detail: `Signed out on ${count} other ${count === 1 ? 'device' : 'devices'}.` };
  }

  @Delete(':id')
  @Operation({
    summary: 'Sign out on one device',
    access: 'session',
    status: 204,
    errors: ['session.not_found', 'auth.csrf'],
  })
  async revoke(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    if (!(await this.sessions.revokeOwn(viewer, id))) {
      throw new DomainError('session.not_found', 'You have no open session with this id.');
    }
  }
}
