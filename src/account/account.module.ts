import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { QualityModule } from '../library/quality/quality.module.js';
import { MailModule } from '../mail/mail.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountEraser } from './account-eraser.service.js';
import { AccountObjects } from './account-objects.service.js';
import { ErasureService } from './erasure.service.js';
import { ExpiredRows } from './expired-rows.service.js';
import { ExpiredService } from './expired.service.js';
import { UnconfirmedAccounts } from './unconfirmed-accounts.repository.js';

/** The end of accounts and of what has expired, for workers and management commands. */
@Module({
  imports: [AuditModule, AuthModule, CatalogueModule, MailModule, QualityModule, UsersModule],
  providers: [
    AccountEraser,
    AccountObjects,
    ErasureService,
    ExpiredRows,
    ExpiredService,
    UnconfirmedAccounts,
  ],
  exports: [ErasureService, ExpiredService],
})
export class AccountModule {}
