import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { ServiceKey } from './service-key.entity.js';
import { ServiceKeysRepository } from './service-keys.repository.js';
import { ServiceKeysService } from './service-keys.service.js';
import { ServiceRequests } from './service-requests.service.js';
import { SpentSignaturesRepository } from './spent-signatures.repository.js';

/** Keys of services, and the requests that are signed with them. */
@Module({
  imports: [AuditModule, TypeOrmModule.forFeature([ServiceKey])],
  providers: [
    ServiceKeysRepository,
    ServiceKeysService,
    ServiceRequests,
    SpentSignaturesRepository,
  ],
  exports: [ServiceKeysService, ServiceRequests],
})
export class ServiceKeysModule {}
