import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Secrets } from '../config/secrets.js';
import { UsersModule } from '../users/users.module.js';
import { AccessGuard } from './access.guard.js';
import { AppLinks } from './app-links.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { SessionCookies } from './cookies.js';
import { JWT_CLAIMS, JwtStrategy } from './jwt.strategy.js';
import { MailToken } from './mail-token.entity.js';
import { MailTokensService } from './mail-tokens.service.js';
import { PasswordController } from './password.controller.js';
import { PasswordResetService } from './password-reset.service.js';
import { Session } from './session.entity.js';
import { ACCESS_TOKEN_SECONDS, SessionsService } from './sessions.service.js';
import { UploadPolicy } from './upload-policy.js';

interface AuthOptions {
  appUrl: string;
  uploadsBy: 'users' | 'staff';
}

/** Accounts: registration, sign-in, sessions, and the guard that asks every route for its rule. */
@Module({})
export class AuthModule {
  static for({ appUrl, uploadsBy }: AuthOptions): DynamicModule {
    return {
      module: AuthModule,
      imports: [
        UsersModule,
        PassportModule,
        TypeOrmModule.forFeature([MailToken, Session]),
        JwtModule.registerAsync({
          inject: [Secrets],
          useFactory: (secrets: Secrets) => ({
            secret: secrets.key('access-token'),
            signOptions: { ...JWT_CLAIMS, algorithm: 'HS256', expiresIn: ACCESS_TOKEN_SECONDS },
          }),
        }),
      ],
      controllers: [AuthController, PasswordController],
      providers: [
        AuthService,
        JwtStrategy,
        MailTokensService,
        PasswordResetService,
        SessionsService,
        { provide: AppLinks, useFactory: () => new AppLinks(appUrl) },
        { provide: UploadPolicy, useFactory: () => new UploadPolicy(uploadsBy) },
        {
          provide: SessionCookies,
          inject: [Secrets],
          useFactory: (secrets: Secrets) =>
            new SessionCookies(secrets.key('csrf-token'), appUrl.startsWith('https://')),
        },
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
    };
  }
}
