import { useState } from 'react';
import { Link } from 'react-router';

import { register } from '../api/accounts';
import { describe } from '../api/error';
import { CardPage } from '../components/card-page';
import { Field } from '../components/field';
import { Notice } from '../components/notice';
import { ResendActivation } from '../components/resend-activation';
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
  const [differs, setDiffers] = useState(false);
  const { busy, general, onSubmit, problem } = useSubmit(async (form) => {
    const email = text(form, 'email').trim();
    const password = text(form, 'password');
    const repeated = text(form, 'confirmed_password');
    setDiffers(password !== repeated);
    if (password !== repeated) return;
    await register(email, password, repeated);
    onDone(email);
  });

  return (
    <CardPage title="Create an account" intro="We send one email to confirm the address.">
      <form className="stack" onSubmit={onSubmit}>
        {general !== undefined && <Notice tone="bad">{describe(general)}</Notice>}
        <Field
          label="Email"
          name="email"
          type="email"
          autoComplete="email"
          required
          problem={problem('email')}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          hint="8 characters or more. A long phrase is the easiest to remember."
          problem={problem('password')}
        />
        <Field
          label="Repeat password"
          name="confirmed_password"
          type="password"
          autoComplete="new-password"
          required
          onChange={() => setDiffers(false)}
          problem={differs ? 'The two passwords differ.' : problem('confirmed_password')}
        />
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
