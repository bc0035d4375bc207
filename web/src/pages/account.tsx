import { useEffect, useState } from 'react';
import { Link } from 'react-router';

import { Devices } from '../account/devices';
import { NotLoaded } from '../components/not-loaded';
import { Password } from '../account/password';
import { Passkeys } from '../account/passkeys';
import { Section } from '../account/section';
import { TwoFactor } from '../account/two-factor';
import { fetchSecondFactor } from '../api/security';
import { useLoad } from '../api/use-load';
import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { Notice } from '../components/notice';
import { PagePlaceholder } from '../components/page-placeholder';
import '../styles/account.css';

export default function AccountPage() {
  const { session } = useAuth();
  return session.state === 'signed-in' && session.user.is_demo ? <NotForGuests /> : <Account />;
}

function Account() {
  const { result, reload } = useLoad('second factor', fetchSecondFactor);
  /** How often the password was changed, which ends sessions. */
  const [passwords, setPasswords] = useState(0);

  return (
    <div className="page account">
      <title>Account · Videoflix</title>
      <h1>Account</h1>
      {result.state === 'ready' && (
        <Due due={result.value.missing} hasPasskey={result.value.passkeys > 0} />
      )}
      <Section
        title="Two-factor sign-in"
        intro="Signing in with your password then also takes a code from an app on your phone."
      >
        {result.state === 'loading' && <PagePlaceholder />}
        {result.state === 'failed' && <NotLoaded error={result.error} onRetry={reload} />}
        {result.state === 'ready' && (
          <>
            <TwoFactor state={result.value} onChange={reload} />
            {result.outdated !== undefined && (
              <NotLoaded error={result.outdated} onRetry={reload} />
            )}
          </>
        )}
      </Section>
      <Section
        title="Passkeys"
        intro="Sign in with a fingerprint, your face or a security key. A passkey needs no password and no code."
      >
        <Passkeys onChange={reload} />
      </Section>
      <Section title="Password" intro="A new one signs out every device but this one.">
        <Password onChanged={() => setPasswords((count) => count + 1)} />
      </Section>
      <Section
        title="Devices"
        intro="Where you are signed in. Sign out whatever you do not know, and change your password then."
      >
        <Devices key={passwords} />
      </Section>
    </div>
  );
}

/** Tells people who must set up a second factor that they must, and that they have. */
function Due({ due, hasPasskey }: { due: boolean; hasPasskey: boolean }) {
  const { setSecondFactorDue } = useAuth();
  const [wasDue, setWasDue] = useState(due);
  useEffect(() => {
    setSecondFactorDue(due);
    if (due) setWasDue(true);
  }, [due, setSecondFactorDue]);

  if (due) {
    return (
      <Notice tone="warn">
        {hasPasskey
          ? 'Your password alone is not enough. Sign out and sign in with your passkey, or set up two-factor sign-in.'
          : 'Your account needs a second factor before you can go on. Set up two-factor sign-in, or add a passkey and sign in with it.'}
      </Notice>
    );
  }
  return wasDue ? (
    <Notice tone="good">
      Your account has its second factor. <Link to="/browse">Go to the library</Link>
    </Notice>
  ) : null;
}

function NotForGuests() {
  return (
    <CardPage title="Guests have no account">
      <p>
        The demo account goes away when you sign out. Sign out, then register with your email: it
        takes a minute.
      </p>
      <Link className="button" to="/browse">
        Back to the library
      </Link>
    </CardPage>
  );
}
