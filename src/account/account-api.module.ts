import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthApiModule } from '../auth/auth-api.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import type { ToolsConfig } from '../config/config.js';
import { IngestModule } from '../ingest/ingest.module.js';
import { LibraryModule } from '../library/library.module.js';
import { MailModule } from '../mail/mail.module.js';
import { SubtitlesModule } from '../subtitles/subtitles.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountSections } from './account-sections.service.js';
import { ActivitySections } from './activity-sections.service.js';
import { AvatarsController } from './avatars.controller.js';
import { AvatarsService, PictureEncoder } from './avatars.service.js';
import { ClosureController } from './closure.controller.js';
import { ClosureService } from './closure.service.js';
import { ContentSections } from './content-sections.service.js';
import { EmailChangeController } from './email-change.controller.js';
import { EmailConfirmationService } from './email-confirmation.service.js';
import { EmailRequestService } from './email-request.service.js';
import { LibrarySections } from './library-sections.service.js';
import { PersonalDataController } from './personal-data.controller.js';
import { PersonalDataService } from './personal-data.service.js';
import { ProfileController } from './profile.controller.js';
import { ProfileService } from './profile.service.js';

/** One's own account over HTTP. */
@Module({})
export class AccountApiModule {
  static for({ ffmpegPath }: ToolsConfig): DynamicModule {
    return {
      module: AccountApiModule,
      imports: [
        AuditModule,
        AuthApiModule,
        AuthModule,
        CatalogueModule,
        IngestModule,
        LibraryModule,
        MailModule,
        SubtitlesModule,
        UsersModule,
      ],
      controllers: [
        AvatarsController,
        ClosureController,
        EmailChangeController,
        PersonalDataController,
        ProfileController,
      ],
      providers: [
        AccountSections,
        ActivitySections,
        AvatarsService,
        ClosureService,
        ContentSections,
        EmailConfirmationService,
        EmailRequestService,
        LibrarySections,
        PersonalDataService,
        ProfileService,
        { provide: PictureEncoder, useFactory: () => new PictureEncoder(ffmpegPath) },
      ],
    };
  }
}
