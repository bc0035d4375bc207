import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';

import { fetchMe, resetPassword } from '../api/accounts';
import { describe } from '../api/error';
import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { NewPasswordFields } from '../components/new-password-fields';
import { Notice } from '../components/notice';
import { useNewPassword } from '../components/use-new-password';
import { useSubmit } from '../components/use-submit';

export default function ResetPasswordPage() {
  const [query] = useSearchParams();
  const uid = query.get('uid');
  const token = query.get('token');
  return uid && token ? <NewPassword uid={uid} token={token} /> : <NoLink />;
}

function NewPassword({ uid, token }: { uid: string; token: string }) {
  const { session, enter } = useAuth();
  const [done, setDone] = useState(false);
  const chosen = useNewPassword('new_password');
  const { busy, general, onSubmit, problem } = useSubmit(async (form) => {
    const password = chosen.read(form);
    if (password === undefined) return;
    await resetPassword(uid, token, password);
    // Asking who is signed in here shows whether that was a session of this account, which is over.
    if (session.state === 'signed-in') await fetchMe().then(enter, () => undefined);
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
        <NewPasswordFields
          label="New password"
          fields={chosen.fields}
          problem={problem('new_password')}
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
