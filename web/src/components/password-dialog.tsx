import { useEffect, useId, useRef, type ReactNode } from 'react';

import { describe } from '../api/error';
import { Field } from './field';
import { Notice } from './notice';
import { text, useSubmit } from './use-submit';

interface PasswordDialogProps {
  title: string;
  /** What will happen. */
  intro: ReactNode;
  /** What the button says. */
  action: string;
  /** Fields beside the password. */
  fields?: ReactNode;
  /** Closes the dialog when it succeeds. */
  onConfirm: (password: string, form: FormData) => Promise<void>;
  onClose: () => void;
  explain?: (error: unknown) => string;
}

/** Asks for the password again before something that matters. */
export function PasswordDialog(props: PasswordDialogProps) {
  const { title, intro, action, fields, onConfirm, onClose, explain = describe } = props;
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const { busy, general, onSubmit, problem } = useSubmit(async (form) => {
    await onConfirm(text(form, 'password'), form);
    // Closed before it goes, so that the focus returns to where it was.
    dialog.current?.close();
  });

  useEffect(() => dialog.current?.showModal(), []);

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id} onClose={onClose}>
      <form className="stack" onSubmit={onSubmit}>
        <h2 id={id}>{title}</h2>
        <p>{intro}</p>
        {general !== undefined && <Notice tone="bad">{explain(general)}</Notice>}
        {fields}
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          maxLength={256}
          required
          problem={problem('password')}
        />
        <div className="actions">
          <button type="submit" className="button" disabled={busy}>
            {action}
          </button>
          <button
            type="button"
            className="button button--quiet"
            onClick={() => dialog.current?.close()}
          >
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
