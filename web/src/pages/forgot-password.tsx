import { useState } from 'react';
import { Link } from 'react-router';

import { requestPasswordReset } from '../api/accounts';
import { describe } from '../api/error';
import { CardPage } from '../components/card-page';
import { Field } from '../components/field';
import { Notice } from '../components/notice';
import { text, useSubmit } from '../components/use-submit';

export default function ForgotPasswordPage() {
  const [sent, setSent] = useState(false);
  const { busy, error, onSubmit, problem } = useSubmit(async (form) => {
    await requestPasswordReset(text(form, 'email').trim());
    setSent(true);
  });

  return (
    <CardPage title="Forgot your password?">
      {sent ? (
        <Notice tone="good">
          If the address belongs to an account, a link to choose a new password is on its way.
        </Notice>
      ) : (
        <form className="stack" onSubmit={onSubmit}>
          {error !== undefined && <Notice tone="bad">{describe(error)}</Notice>}
          <Field
            label="Email"
            name="email"
            type="email"
            autoComplete="email"
            required
            problem={problem('email')}
          />
          <button type="submit" className="button" disabled={busy}>
            Send the link
          </button>
        </form>
      )}
      <p className="card__foot">
        <Link to="/login">Back to sign in</Link>
      </p>
    </CardPage>
  );
}
