import { Body, Controller, Delete, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  PasswordConfirmationSchema,
  type PasswordConfirmation,
} from '../auth/passwords/passwords.dto.js';
import { SessionCookies } from '../auth/sessions/session-cookies.js';
import { CONFIRMATION_ERRORS, CredentialsService } from '../auth/sign-in/credentials.service.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { DetailSchema } from '../common/detail.dto.js';
import { Operation } from '../common/operation.js';
import { ClosureService } from './closure.service.js';

@ApiTags('Profile')
@Controller('users/me')
export class ClosureController {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly closure: ClosureService,
    private readonly cookies: SessionCookies,
  ) {}

  @Delete()
  @Operation({
    summary: 'Delete my account with its videos, in 14 days; all sessions end',
    description: 'Signing in again before then keeps everything.',
    access: 'member',
    returns: DetailSchema,
    errors: [...CONFIRMATION_ERRORS, 'user.last_superuser', 'auth.csrf'],
  })
  async request(
    @Body({ schema: PasswordConfirmationSchema }) { password }: PasswordConfirmation,
    @CurrentViewer() viewer: Viewer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const user = await this.credentials.confirm(viewer, password);
    const day = await this.closure.request(user, viewer.origin);
    this.cookies.clear(reply);
    return { detail: `Your account is deleted on ${day}. Sign in before then to keep it.` };
  }
}
