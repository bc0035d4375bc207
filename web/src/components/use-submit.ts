import { useEffect, useRef, useState, type SubmitEvent } from 'react';

import { ApiError } from '../api/error';
import { useAction } from './use-action';

/** Runs a form's action once at a time and keeps what went wrong; a wrong field gets the focus. */
export function useSubmit(action: (form: FormData) => Promise<void>) {
  const { busy, error, run } = useAction(action);
  const form = useRef<HTMLFormElement>(null);
  const [fields, setFields] = useState<ReadonlySet<string>>(new Set());

  useEffect(() => {
    if (!busy) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [busy]);

  return {
    busy,
    error,
    /** The error unless its fields tell it all. */
    general: isOfFields(error, fields) ? undefined : error,
    onSubmit: (event: SubmitEvent<HTMLFormElement>) => {
      event.preventDefault();
      const entries = new FormData(event.currentTarget);
      form.current = event.currentTarget;
      setFields(new Set(entries.keys()));
      if (!busy) void run(entries);
    },
    problem: (field: string) =>
      error instanceof ApiError ? error.fieldMessages(field) : undefined,
  };
}

/** A text field's value; file entries and absent ones read as empty. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

function isOfFields(error: unknown, fields: ReadonlySet<string>): boolean {
  if (!(error instanceof ApiError) || error.errors.length === 0) return false;
  return error.errors.every(({ field }) => fields.has(field));
}
