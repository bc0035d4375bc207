import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { LinkSchema } from '../auth/mail-links/mail-links.dto.js';
import { CONFIRMATION_ERRORS, CredentialsService } from '../auth/sign-in/credentials.service.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { DetailSchema } from '../common/detail.dto.js';
import { Operation } from '../common/operation.js';
import { CurrentOrigin, type RequestOrigin } from '../common/request-origin.js';
import { EmailChangeSchema } from './email-change.dto.js';
import { EmailConfirmationService } from './email-confirmation.service.js';
import { EmailRequestService } from './email-request.service.js';

@ApiTags('Profile')
@Controller()
export class EmailChangeController {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly requests: EmailRequestService,
    private readonly confirmations: EmailConfirmationService,
  ) {}

  @Post('users/me/email')
  @Operation({
    summary: 'Ask for another e-mail address; it changes once the mailed link is opened',
    access: 'member',
    returns: DetailSchema,
    errors: [...CONFIRMATION_ERRORS, 'auth.csrf'],
  })
  async request(
    @Body({ schema: EmailChangeSchema })
    { new_email: email, password }: z.output<typeof EmailChangeSchema>,
    @CurrentViewer() viewer: Viewer,
  ) {
    const user = await this.credentials.confirm(viewer, password);
    await this.requests.request(user, email);
    return { detail: 'Open the link in the mail to the new address to confirm it.' };
  }

  @Post('auth/email/confirm')
  @Operation({
    summary: 'Change the e-mail address with the mailed token',
    access: 'public',
    returns: DetailSchema,
    errors: ['auth.invalid_link'],
  })
  async confirm(
    @Body({ schema: LinkSchema }) { uid, token }: z.output<typeof LinkSchema>,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    await this.confirmations.confirm(uid, token, origin);
    return { detail: 'Your e-mail address is changed. Sign in with it from now on.' };
  }
}
