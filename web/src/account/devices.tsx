import { useState } from 'react';

import { signOut } from '../api/accounts';
import { describe } from '../api/error';
import { endOtherSessions, endSession, fetchSessions } from '../api/security';
import type { OpenSession } from '../api/types';
import { useLoad } from '../api/use-load';
import { Notice } from '../components/notice';
import { PagePlaceholder } from '../components/page-placeholder';
import { useAction } from '../components/use-action';
import { day, moment } from '../format';
import { NotLoaded } from '../components/not-loaded';

/** Where the account is signed in. */
export function Devices() {
  const { result, reload } = useLoad('sessions', fetchSessions);
  const [said, setSaid] = useState('');
  const { busy, error, run } = useAction(async (end: () => Promise<string>) => {
    setSaid('');
    try {
      setSaid(await end());
    } finally {
      reload();
    }
  });

  if (result.state === 'loading') return <PagePlaceholder />;
  if (result.state === 'failed') return <NotLoaded error={result.error} onRetry={reload} />;
  const sessions = result.value;
  return (
    <>
      <ul className="entries">
        {sessions.map((session) => (
          <Device
            key={session.id}
            session={session}
            busy={busy}
            onEnd={() =>
              void run(async () => {
                await endSession(session.id);
                return `${session.device} is signed out.`;
              })
            }
          />
        ))}
      </ul>
      {result.outdated !== undefined && <NotLoaded error={result.outdated} onRetry={reload} />}
      {error !== undefined && <Notice tone="bad">{describe(error)}</Notice>}
      <div className="actions">
        {sessions.length > 1 && (
          <button
            type="button"
            className="button button--quiet"
            disabled={busy}
            onClick={() => void run(async () => (await endOtherSessions()).detail)}
          >
            Sign out all others
          </button>
        )}
        <button
          type="button"
          className="button button--quiet"
          disabled={busy}
          onClick={() => void run(signOutEverywhere)}
        >
          Sign out everywhere
        </button>
      </div>
      <p className="quiet" role="status">
        {said}
      </p>
    </>
  );
}

interface DeviceProps {
  session: OpenSession;
  busy: boolean;
  onEnd: () => void;
}

function Device({ session, busy, onEnd }: DeviceProps) {
  return (
    <li>
      <div>
        <strong>{session.device}</strong>
        <div className="facts">
          <span>{session.address}</span>
          <span>Signed in {day(session.created_at)}</span>
          {!session.current && <span>Seen {moment(session.last_seen_at)}</span>}
        </div>
      </div>
      {session.current ? (
        <span className="badge badge--here">This device</span>
      ) : (
        <button
          type="button"
          className="button button--quiet button--small"
          aria-label={`Sign out ${session.device}`}
          disabled={busy}
          onClick={onEnd}
        >
          Sign out
        </button>
      )}
    </li>
  );
}

async function signOutEverywhere(): Promise<string> {
  await signOut(true);
  // A fresh document forgets everything the last person saw.
  window.location.assign('/');
  return 'You are signed out.';
}
