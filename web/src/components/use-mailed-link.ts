import { useEffect, useState } from 'react';

import { ApiError, describe } from '../api/error';

type Outcome =
  | { state: 'asking' }
  | { state: 'taken' }
  | { state: 'refused'; reason: string }
  /** The link may be good: nobody has said anything of it yet. */
  | { state: 'unanswered'; reason: string; retry: () => void };

// A token works once, so every mount of a page shares one request per link, unless it failed.
const requests = new Map<string, Promise<unknown>>();

/** Presents the `uid` and `token` of a mailed link to the API, and tells what became of them. */
export function useMailedLink(
  query: URLSearchParams,
  present: (uid: string, token: string) => Promise<unknown>,
): Outcome {
  const uid = query.get('uid');
  const token = query.get('token');
  const [outcome, setOutcome] = useState<Outcome>({ state: 'asking' });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (!uid || !token) {
      setOutcome({ state: 'refused', reason: 'The address is missing a part of the link.' });
      return;
    }
    let gone = false;
    const tell = (answer: Outcome) => {
      if (!gone) setOutcome(answer);
    };
    const retry = () => {
      setOutcome({ state: 'asking' });
      setAttempt((count) => count + 1);
    };
    once(`${uid} ${token}`, () => present(uid, token)).then(
      () => tell({ state: 'taken' }),
      (error: unknown) => {
        const reason = describe(error);
        tell(
          isVerdict(error) ? { state: 'refused', reason } : { state: 'unanswered', reason, retry },
        );
      },
    );
    return () => {
      gone = true;
    };
  }, [uid, token, present, attempt]);

  return outcome;
}

function once(key: string, ask: () => Promise<unknown>): Promise<unknown> {
  const asked = requests.get(key) ?? ask();
  requests.set(key, asked);
  asked.catch(() => requests.delete(key));
  return asked;
}

// Network trouble, a server that is down and too many requests say nothing of the link.
function isVerdict(error: unknown): boolean {
  return (
    error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429
  );
}
