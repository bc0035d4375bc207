import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { ServiceKeysService } from '../service-keys/service-keys.service.js';
import {
  NewServiceKeySchema,
  ServiceKeyPairSchema,
  ServiceKeySchema,
  ServiceKeysSchema,
  toServiceKeyDto,
  toServiceKeyPairDto,
  type NewServiceKeyRequest,
} from './service-keys.dto.js';

@ApiTags('Administration')
@Controller('admin/service-keys')
export class ServiceKeysController {
  constructor(private readonly keys: ServiceKeysService) {}

  @Get()
  @Operation({
    summary: 'Keys of services, the newest first; revoked ones too',
    access: 'superuser',
    returns: ServiceKeysSchema,
    validates: false,
  })
  async list() {
    return { service_keys: (await this.keys.list()).map(toServiceKeyDto) };
  }

  @Post()
  @Operation({
    summary: 'Make a pair of keys for a service',
    description:
      'The secret is in this answer and in no other. With it the service signs requests.',
    access: 'superuser',
    status: 201,
    returns: ServiceKeyPairSchema,
    errors: ['auth.csrf'],
  })
  async create(
    @Body({ schema: NewServiceKeySchema }) { name }: NewServiceKeyRequest,
    @CurrentViewer() viewer: Viewer,
  ) {
    return toServiceKeyPairDto(await this.keys.create(name, viewer));
  }

  @Delete(':id')
  @Operation({
    summary: 'Revoke a key of a service, for good and at once',
    access: 'superuser',
    returns: ServiceKeySchema,
    errors: ['service_key.not_found', 'service_key.state_conflict', 'auth.csrf'],
  })
  async revoke(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return toServiceKeyDto(await this.keys.revoke(id, viewer));
  }
}
