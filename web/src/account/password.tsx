import { useRef, useState } from 'react';
import { Link } from 'react-router';

import { changePassword } from '../api/accounts';
import { ApiError, describe } from '../api/error';
import { Field } from '../components/field';
import { NewPasswordFields } from '../components/new-password-fields';
import { Notice } from '../components/notice';
import { useNewPassword } from '../components/use-new-password';
import { text, useSubmit } from '../components/use-submit';

/** Exchanges the password for a new one. */
export function Password({ onChanged }: { onChanged: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const chosen = useNewPassword('new_password');
  const [changed, setChanged] = useState(false);
  const { busy, error, general, onSubmit, problem } = useSubmit(async (entries) => {
    const password = chosen.read(entries);
    setChanged(false);
    if (password === undefined) return;
    await changePassword(text(entries, 'old_password'), password);
    form.current?.reset();
    setChanged(true);
    onChanged();
  });
  const isWrong = error instanceof ApiError && error.code === 'auth.wrong_password';

  return (
    <form ref={form} className="stack account__form" onSubmit={onSubmit}>
      {general !== undefined && !isWrong && <Notice tone="bad">{describe(general)}</Notice>}
      {changed && (
        <Notice tone="good">Your password is changed. Other devices are signed out.</Notice>
      )}
      <Field
        label="Current password"
        name="old_password"
        type="password"
        autoComplete="current-password"
        maxLength={256}
        required
        problem={isWrong ? 'This is not your password.' : problem('old_password')}
      />
      <NewPasswordFields
        label="New password"
        fields={chosen.fields}
        problem={problem('new_password')}
      />
      <div className="actions">
        <button type="submit" className="button" disabled={busy}>
          Change password
        </button>
        <Link to="/forgot-password">Forgot it?</Link>
      </div>
    </form>
  );
}
