import type { INestApplicationContext } from '@nestjs/common';
import { Command } from 'commander';
import { deviceName } from '../auth/device-name.js';
import type { Session } from '../auth/sessions/session.entity.js';
import { SessionsService } from '../auth/sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { withServices } from './context.js';
import { findUser, labelOf } from './find-user.js';
import { tableOf } from './table.js';

const HEADINGS = ['ID', 'USER', 'DEVICE', 'ADDRESS', 'SIGNED IN', 'LAST SEEN', 'EXPIRES'];

type SessionOf = readonly [session: Session, user: User];

export const listSessionsCommand = new Command('list-sessions')
  .description('show who is signed in where, the last seen first')
  .argument('[email-or-username]', 'show the sessions of this user only')
  .option('--json', 'print a JSON array instead of a table', false)
  .addHelpText('after', '\nMoments are in UTC. Sessions that have ended or expired are not shown.')
  .action(async (identifier: string | undefined, { json }: { json: boolean }) => {
    const sessions = await withServices((services) =>
      identifier === undefined ? everybodys(services) : theirs(services, identifier),
    );
    if (json) console.log(JSON.stringify(sessions.map(toJson), null, 2));
    else if (sessions.length === 0) console.log('There are no open sessions.');
    else console.log(tableOf(HEADINGS, sessions.map(toRow)));
  });

async function theirs(services: INestApplicationContext, identifier: string): Promise<SessionOf[]> {
  const user = await findUser(services, identifier);
  const sessions = await services.get(SessionsService).list(user.id);
  return sessions.map((session) => [session, user]);
}

async function everybodys(services: INestApplicationContext): Promise<SessionOf[]> {
  const sessions = await services.get(SessionsService).listAll();
  const ids = new Set(sessions.map(({ userId }) => userId));
  const users = await services.get(UsersService).findByIds([...ids]);
  const byId = new Map(users.map((user) => [user.id, user]));
  return sessions.flatMap((session) => {
    const user = byId.get(session.userId);
    return user ? [[session, user] as const] : [];
  });
}

function toJson([session, user]: SessionOf) {
  return {
    id: session.id,
    user: { id: user.id, email: user.email, username: user.username },
    device: deviceName(session.userAgent),
    address: session.address,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
  };
}

function toRow([session, user]: SessionOf): string[] {
  const { id, userAgent, address, createdAt, lastSeenAt, expiresAt } = session;
  const moments = [createdAt, lastSeenAt, expiresAt].map(minuteOf);
  return [id, labelOf(user), deviceName(userAgent), address, ...moments];
}

/** `2026-03-01 08:15`, in UTC. */
function minuteOf(moment: Date): string {
  return moment.toISOString().slice(0, 16).replace('T', ' ');
}
