import { useState } from 'react';
import { Link } from 'react-router';

import { requestPasswordReset } from '../api/accounts';
import { describe } from '../api/error';
import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { EmailField } from '../components/email-field';
import { Notice } from '../components/notice';
import { text, useSubmit } from '../components/use-submit';

export default function ForgotPasswordPage() {
  const [sent, setSent] = useState(false);
  const { busy, general, onSubmit, problem } = useSubmit(async (form) => {
    await requestPasswordReset(text(form, 'email').trim());
    setSent(true);
  });

  if (sent) {
    return (
      <CardPage title="Check your mail" announced>
        <p>
          If the address belongs to an account, a link to choose a new password is on its way.
          Nothing there? Look in the spam folder.
        </p>
        <Back />
      </CardPage>
    );
  }
  return (
    <CardPage
      title="Forgot your password?"
      intro="We mail you a link with which you choose a new one."
    >
      <form className="stack" onSubmit={onSubmit}>
        {general !== undefined && <Notice tone="bad">{describe(general)}</Notice>}
        <EmailField problem={problem('email')} />
        <button type="submit" className="button" disabled={busy}>
          Send the link
        </button>
      </form>
      <Back />
    </CardPage>
  );
}

function Back() {
  const { session } = useAuth();
  const isIn = session.state === 'signed-in';
  return (
    <p className="card__foot">
      <Link to={isIn ? '/account' : '/login'}>Back to {isIn ? 'your account' : 'sign in'}</Link>
    </p>
  );
}
