import { z } from 'zod';
import type { ServiceKey } from '../service-keys/service-key.entity.js';
import { ServiceKeyNameSchema } from '../service-keys/service-key-name.js';
import type { NewServiceKey } from '../service-keys/service-keys.service.js';

export const NewServiceKeySchema = z
  .strictObject({ name: ServiceKeyNameSchema })
  .meta({ id: 'NewServiceKey' });
export type NewServiceKeyRequest = z.output<typeof NewServiceKeySchema>;

const moment = z.iso.datetime();

export const ServiceKeySchema = z
  .object({
    id: z.uuid(),
    access_key_id: z.string().meta({ example: 'VFXKQ4ZPL7C2WM5T3YBD' }),
    name: z.string().meta({ example: 'transcoder' }),
    created_at: moment,
    last_used_at: moment.nullable().meta({ description: 'To the minute' }),
    revoked_at: moment.nullable(),
  })
  .meta({ id: 'ServiceKey' });

export const ServiceKeysSchema = z
  .object({ service_keys: z.array(ServiceKeySchema) })
  .meta({ id: 'ServiceKeys' });

export const ServiceKeyPairSchema = ServiceKeySchema.extend({
  secret_access_key: z.string().meta({ description: 'Shown this once' }),
}).meta({ id: 'ServiceKeyPair' });

export function toServiceKeyDto(key: ServiceKey): z.output<typeof ServiceKeySchema> {
  return {
    id: key.id,
    access_key_id: key.accessKeyId,
    name: key.name,
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}

export function toServiceKeyPairDto({ key, secretAccessKey }: NewServiceKey) {
  return { ...toServiceKeyDto(key), secret_access_key: secretAccessKey };
}
