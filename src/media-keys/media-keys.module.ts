import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { MediaKeyRotation } from './key-rotation.service.js';
import { MediaKey } from './media-key.entity.js';
import { MediaKeyring } from './media-keyring.service.js';
import { MediaKeysRepository } from './media-keys.repository.js';

/** The keys of media links, and their change. */
@Module({
  imports: [AuditModule, TypeOrmModule.forFeature([MediaKey])],
  providers: [MediaKeyRotation, MediaKeyring, MediaKeysRepository],
  exports: [MediaKeyRotation, MediaKeyring],
})
export class MediaKeysModule {}
