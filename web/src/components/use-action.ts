import { useState } from 'react';

/** Keeps what became of an action that people start: whether it runs, and what went wrong. */
export function useAction<Input extends unknown[]>(action: (...input: Input) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const run = async (...input: Input) => {
    setBusy(true);
    setError(undefined);
    try {
      await action(...input);
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };

  return { busy, error, run };
}
