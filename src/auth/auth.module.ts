import { createSecretKey } from 'node:crypto';
import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Secrets } from '../config/secrets.js';
import { MailModule } from '../mail/mail.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountMails } from './mail-links/account-mails.service.js';
import { ActivationLinksService } from './mail-links/activation-links.service.js';
import { AppLinks } from './mail-links/app-links.js';
import { LinkRequests } from './mail-links/link-requests.service.js';
import { MailLinksService } from './mail-links/mail-links.service.js';
import { MailToken } from './mail-links/mail-token.entity.js';
import { MailTokensService } from './mail-links/mail-tokens.service.js';
import { PasskeyAssertionsService } from './passkeys/passkey-assertions.service.js';
import { PasskeyChallenge } from './passkeys/passkey-challenge.entity.js';
import { PasskeyChallengesService } from './passkeys/passkey-challenges.service.js';
import { PasskeyRegistrationService } from './passkeys/passkey-registration.service.js';
import { PasskeySignInService } from './passkeys/passkey-sign-in.service.js';
import { Passkey } from './passkeys/passkey.entity.js';
import { PasskeysService } from './passkeys/passkeys.service.js';
import { RelyingParty } from './passkeys/relying-party.js';
import { NewPasswordService } from './passwords/new-password.service.js';
import { OwnPasswordService } from './passwords/own-password.service.js';
import { PasswordsService } from './passwords/passwords.service.js';
import { ActivationService } from './registration/activation.service.js';
import { RegistrationService } from './registration/registration.service.js';
import { RecoveryCode } from './second-factor/recovery-code.entity.js';
import { SecondFactorCodes } from './second-factor/second-factor-codes.js';
import { SecondFactorChanges } from './second-factor/second-factor-changes.service.js';
import { SecondFactorSetupService } from './second-factor/second-factor-setup.service.js';
import { SecondFactorRepository } from './second-factor/second-factor.repository.js';
import { SecondFactorService } from './second-factor/second-factor.service.js';
import { TotpCredential } from './second-factor/totp-credential.entity.js';
import { Session } from './sessions/session.entity.js';
import { ACCESS_TOKEN_SECONDS, JWT_CLAIMS, SessionsService } from './sessions/sessions.service.js';
import { CredentialsService } from './sign-in/credentials.service.js';
import { DemoService } from './sign-in/demo.service.js';
import { FailedProofs } from './sign-in/failed-proofs.js';
import { SignInThrottle } from './sign-in/sign-in-throttle.js';
import { SignInService } from './sign-in/sign-in.service.js';

/** What accounts consist of, for every role and for the management commands. */
@Module({
  imports: [
    AuditModule,
    MailModule,
    UsersModule,
    TypeOrmModule.forFeature([
      MailToken,
      Passkey,
      PasskeyChallenge,
      RecoveryCode,
      Session,
      TotpCredential,
    ]),
    JwtModule.registerAsync({
      inject: [Secrets],
      useFactory: (secrets: Secrets) => ({
        secret: createSecretKey(secrets.key('access-token')),
        signOptions: { ...JWT_CLAIMS, algorithm: 'HS256', expiresIn: ACCESS_TOKEN_SECONDS },
      }),
    }),
  ],
  providers: [
    AccountMails,
    ActivationLinksService,
    ActivationService,
    AppLinks,
    CredentialsService,
    DemoService,
    FailedProofs,
    LinkRequests,
    MailLinksService,
    MailTokensService,
    NewPasswordService,
    OwnPasswordService,
    PasskeyAssertionsService,
    PasskeyChallengesService,
    PasskeyRegistrationService,
    PasskeySignInService,
    PasskeysService,
    PasswordsService,
    RegistrationService,
    RelyingParty,
    SecondFactorCodes,
    SecondFactorChanges,
    SecondFactorRepository,
    SecondFactorService,
    SecondFactorSetupService,
    SessionsService,
    SignInService,
    SignInThrottle,
  ],
  exports: [
    ActivationService,
    AppLinks,
    CredentialsService,
    DemoService,
    MailLinksService,
    MailTokensService,
    NewPasswordService,
    OwnPasswordService,
    PasskeyChallengesService,
    PasskeyRegistrationService,
    PasskeySignInService,
    PasskeysService,
    PasswordsService,
    RegistrationService,
    SecondFactorService,
    SecondFactorSetupService,
    SessionsService,
    SignInService,
  ],
})
export class AuthModule {}
