import { z } from 'zod';
import { deviceName } from '../device-name.js';
import type { Session } from './session.entity.js';

const SessionSchema = z
  .object({
    id: z.uuid(),
    device: z.string().meta({ example: 'Firefox on Linux' }),
    address: z.string().meta({ example: '203.0.113.7' }),
    created_at: z.iso.datetime(),
    last_seen_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    current: z.boolean().meta({ description: 'The session of this request' }),
  })
  .meta({ id: 'Session' });

export const SessionsSchema = z
  .object({ sessions: z.array(SessionSchema) })
  .meta({ id: 'Sessions' });

export function toSessionDto(session: Session, currentId: string): z.output<typeof SessionSchema> {
  return {
    id: session.id,
    device: deviceName(session.userAgent),
    address: session.address,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    current: session.id === currentId,
  };
}
