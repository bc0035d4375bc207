import { useState } from 'react';
import { Link } from 'react-router';

import { register } from '../api/accounts';
import { describe } from '../api/error';
import { CardPage } from '../components/card-page';
import { EmailField } from '../components/email-field';
import { NewPasswordFields } from '../components/new-password-fields';
import { Notice } from '../components/notice';
import { ResendActivation } from '../components/resend-activation';
import { useNewPassword } from '../components/use-new-password';
import { text, useSubmit } from '../components/use-submit';

export default function RegisterPage() {
  const [registered, setRegistered] = useState<string>();
  return registered === undefined ? (
    <RegisterForm onDone={setRegistered} />
  ) : (
    <CheckMail email={registered} />
  );
}

function RegisterForm({ onDone }: { onDone: (email: string) => void }) {
  const chosen = useNewPassword('password');
  const { busy, general, onSubmit, problem } = useSubmit(async (form) => {
    const email = text(form, 'email').trim();
    const password = chosen.read(form);
    if (password === undefined) return;
    await register(email, password);
    onDone(email);
  });

  return (
    <CardPage title="Create an account" intro="We send one email to confirm the address.">
      <form className="stack" onSubmit={onSubmit}>
        {general !== undefined && <Notice tone="bad">{describe(general)}</Notice>}
        <EmailField problem={problem('email')} />
        <NewPasswordFields label="Password" fields={chosen.fields} problem={problem('password')} />
        <button type="submit" className="button" disabled={busy}>
          Create account
        </button>
      </form>
      <p className="card__foot">
        Already registered? <Link to="/login">Sign in</Link>
      </p>
    </CardPage>
  );
}

function CheckMail({ email }: { email: string }) {
  return (
    <CardPage title="Check your mail" announced>
      <p>
        We sent a link to <strong>{email}</strong>. Open it to activate the account; it works for
        three days.
      </p>
      <p>Nothing there? Look in the spam folder, or ask for another one.</p>
      <ResendActivation email={email} />
      <p className="card__foot">
        Activated already? <Link to="/login">Sign in</Link>
      </p>
    </CardPage>
  );
}
