import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'react-router';

import { activate } from '../api/accounts';
import { describe } from '../api/error';
import { CardPage } from '../components/card-page';
import { Notice } from '../components/notice';
import { PagePlaceholder } from '../components/page-placeholder';
import { ResendActivation } from '../components/resend-activation';

type Outcome = { state: 'asking' } | { state: 'active' } | { state: 'refused'; reason: string };

export default function ActivatePage() {
  const [query] = useSearchParams();
  const outcome = useActivation(query.get('uid'), query.get('token'));

  switch (outcome.state) {
    case 'asking':
      return <PagePlaceholder />;
    case 'active':
      return (
        <CardPage title="Account activated">
          <p role="status">Your account is ready. Sign in and start watching.</p>
          <Link className="button" to="/login">
            Sign in
          </Link>
        </CardPage>
      );
    case 'refused':
      return (
        <CardPage title="This link does not work">
          <Notice tone="bad">{outcome.reason}</Notice>
          <p>
            Links work once, for three days. If the account is active already, just{' '}
            <Link to="/login">sign in</Link>. Otherwise ask for a new link:
          </p>
          <ResendActivation />
        </CardPage>
      );
  }
}

// The token works once, so every mount of the page shares one request per link.
const requests = new Map<string, Promise<Outcome>>();

function useActivation(uid: string | null, token: string | null): Outcome {
  const [outcome, setOutcome] = useState<Outcome>({ state: 'asking' });

  useEffect(() => {
    if (!uid || !token) {
      setOutcome({ state: 'refused', reason: 'The address is missing a part of the link.' });
      return;
    }
    let gone = false;
    const key = `${uid} ${token}`;
    const asked = requests.get(key) ?? ask(uid, token);
    requests.set(key, asked);
    void asked.then((answer) => {
      if (!gone) setOutcome(answer);
    });
    return () => {
      gone = true;
    };
  }, [uid, token]);

  return outcome;
}

const ask = (uid: string, token: string): Promise<Outcome> =>
  activate(uid, token).then(
    () => ({ state: 'active' }),
    (error: unknown) => ({ state: 'refused', reason: describe(error) }),
  );
