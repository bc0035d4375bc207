import { useCallback, useEffect, useState } from 'react';

import { isAbort } from './client';

export type Load<T> =
  | { state: 'loading' }
  /** `outdated` tells why the last reload failed. */
  | { state: 'ready'; value: T; outdated?: unknown }
  | { state: 'failed'; error: unknown };

/**
 * Loads a value when `key` changes. `reload` asks again and keeps showing the old value
 * meanwhile, and after a failure: what is on the page may be seen only once.
 */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
): { result: Load<T>; reload: () => void } {
  const [held, setHeld] = useState<{ key: string; result: Load<T> }>();
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const controller = new AbortController();
    load(controller.signal)
      .then((value) => setHeld({ key, result: { state: 'ready', value } }))
      .catch((error: unknown) => {
        if (isAbort(error)) return;
        setHeld((before) => {
          const kept = before?.key === key && before.result.state === 'ready' && before.result;
          return { key, result: kept ? { ...kept, outdated: error } : { state: 'failed', error } };
        });
      });
    return () => controller.abort();
  }, [key, attempt]);

  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { result: held?.key === key ? held.result : { state: 'loading' }, reload };
}
