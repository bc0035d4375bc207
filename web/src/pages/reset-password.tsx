import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';

import { resetPassword } from '../api/accounts';
import { describe } from '../api/error';
import { CardPage } from '../components/card-page';
import { Field } from '../components/field';
import { Notice } from '../components/notice';
import { text, useSubmit } from '../components/use-submit';

export default function ResetPasswordPage() {
  const [query] = useSearchParams();
  const uid = query.get('uid');
  const token = query.get('token');
  return uid && token ? <NewPassword uid={uid} token={token} /> : <NoLink />;
}

function NewPassword({ uid, token }: { uid: string; token: string }) {
  const [done, setDone] = useState(false);
  const [differs, setDiffers] = useState(false);
  const { busy, general, onSubmit, problem } = useSubmit(async (form) => {
    const password = text(form, 'new_password');
    const same = password === text(form, 'repeated_password');
    setDiffers(!same);
    if (!same) return;
    await resetPassword(uid, token, password);
    setDone(true);
  });

  if (done) {
    return (
      <CardPage title="Password changed" announced>
        <p>Every device was signed out. Sign in with the new password.</p>
        <Link className="button" to="/login">
          Sign in
        </Link>
      </CardPage>
    );
  }
  return (
    <CardPage title="Choose a new password">
      <form className="stack" onSubmit={onSubmit}>
        {general !== undefined && <Notice tone="bad">{describe(general)}</Notice>}
        <Field
          label="New password"
          name="new_password"
          type="password"
          autoComplete="new-password"
          required
          hint="8 characters or more. A long phrase is the easiest to remember."
          problem={problem('new_password')}
        />
        <Field
          label="Repeat new password"
          name="repeated_password"
          type="password"
          autoComplete="new-password"
          required
          onChange={() => setDiffers(false)}
          problem={differs ? 'The two passwords differ.' : undefined}
        />
        <button type="submit" className="button" disabled={busy}>
          Change password
        </button>
      </form>
      <p className="card__foot">
        Link too old? <Link to="/forgot-password">Ask for a new one</Link>
      </p>
    </CardPage>
  );
}

function NoLink() {
  return (
    <CardPage title="This link does not work">
      <Notice tone="bad">The address is missing a part of the link.</Notice>
      <p>Open the whole link of the mail, or ask for a new one.</p>
      <Link className="button" to="/forgot-password">
        Ask for a new link
      </Link>
    </CardPage>
  );
}
