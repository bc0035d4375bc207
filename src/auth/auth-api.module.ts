import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ServiceKeysModule } from '../service-keys/service-keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessGuard } from './access.guard.js';
import { AuthModule } from './auth.module.js';
import { JwtStrategy } from './jwt.strategy.js';
import { PasskeySignInController } from './passkeys/passkey-sign-in.controller.js';
import { PasskeysController } from './passkeys/passkeys.controller.js';
import { PasswordController } from './passwords/password.controller.js';
import { ReadThrottle } from './read-throttle.js';
import { RegistrationController } from './registration/registration.controller.js';
import { SecondFactorController } from './second-factor/second-factor.controller.js';
import { KnownTokens } from './sessions/known-tokens.js';
import { SessionCookies } from './sessions/session-cookies.js';
import { SessionProof } from './sessions/session-proof.js';
import { SignedInRepository } from './sessions/signed-in.repository.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { Viewers } from './sessions/viewers.service.js';
import { SignInController } from './sign-in/sign-in.controller.js';

/** Accounts over HTTP, and the guard that asks every route for its rule. */
@Module({
  imports: [AuthModule, PassportModule, ServiceKeysModule, UsersModule],
  controllers: [
    PasskeySignInController,
    PasskeysController,
    PasswordController,
    RegistrationController,
    SecondFactorController,
    SessionsController,
    SignInController,
  ],
  providers: [
    JwtStrategy,
    KnownTokens,
    ReadThrottle,
    SessionCookies,
    SessionProof,
    SignedInRepository,
    Viewers,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [SessionCookies],
})
export class AuthApiModule {}
