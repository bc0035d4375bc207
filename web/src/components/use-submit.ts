import { useState, type SubmitEvent } from 'react';

import { ApiError } from '../api/error';

/** Runs a form's action once at a time and keeps what went wrong. */
export function useSubmit(action: (form: FormData) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const run = async (form: FormData) => {
    setBusy(true);
    setError(undefined);
    try {
      await action(form);
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };

  return {
    busy,
    error,
    onSubmit: (event: SubmitEvent<HTMLFormElement>) => {
      event.preventDefault();
      if (!busy) void run(new FormData(event.currentTarget));
    },
    problem: (field: string) => (error instanceof ApiError ? error.fieldMessage(field) : undefined),
  };
}

/** A text field's value; file entries and absent ones read as empty. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
