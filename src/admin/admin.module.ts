import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { LibraryModule } from '../library/library.module.js';
import { MailModule } from '../mail/mail.module.js';
import { ServiceKeysModule } from '../service-keys/service-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminCommentsController } from './admin-comments.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AuditTrailController } from './audit-trail.controller.js';
import { AuditTrail } from './audit-trail.service.js';
import { MailLogController } from './mail-log.controller.js';
import { ServiceKeysController } from './service-keys.controller.js';
import { UserAdministration } from './user-administration.service.js';

/** What staff do over HTTP. */
@Module({
  imports: [AuditModule, AuthModule, LibraryModule, MailModule, ServiceKeysModule, UsersModule],
  controllers: [
    AdminCommentsController,
    AdminUsersController,
    AuditTrailController,
    MailLogController,
    ServiceKeysController,
  ],
  providers: [AuditTrail, UserAdministration],
})
export class AdminModule {}
