import { useEffect, useState } from 'react';

import { describe } from '../api/error';

type Outcome = { state: 'asking' } | { state: 'taken' } | { state: 'refused'; reason: string };

// A token works once, so every mount of a page shares one request per link.
const requests = new Map<string, Promise<Outcome>>();

/** Presents the `uid` and `token` of a mailed link to the API, and tells what became of them. */
export function useMailedLink(
  query: URLSearchParams,
  present: (uid: string, token: string) => Promise<unknown>,
): Outcome {
  const uid = query.get('uid');
  const token = query.get('token');
  const [outcome, setOutcome] = useState<Outcome>({ state: 'asking' });

  useEffect(() => {
    if (!uid || !token) {
      setOutcome({ state: 'refused', reason: 'The address is missing a part of the link.' });
      return;
    }
    let gone = false;
    const key = `${uid} ${token}`;
    const asked = requests.get(key) ?? outcomeOf(present(uid, token));
    requests.set(key, asked);
    void asked.then((answer) => {
      if (!gone) setOutcome(answer);
    });
    return () => {
      gone = true;
    };
  }, [uid, token, present]);

  return outcome;
}

const outcomeOf = (answer: Promise<unknown>): Promise<Outcome> =>
  answer.then(
    () => ({ state: 'taken' }),
    (error: unknown) => ({ state: 'refused', reason: describe(error) }),
  );
