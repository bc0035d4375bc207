import { useEffect } from 'react';
import { Link } from 'react-router';

import { confirmEmail, fetchMe } from '../api/accounts';
import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { MailedLink } from '../components/mailed-link';

export default function ConfirmEmailPage() {
  return <MailedLink present={confirmEmail} taken={<Confirmed />} refused={<NotAnyMore />} />;
}

function Confirmed() {
  useFreshUser();
  return (
    <CardPage title="Email address changed" announced>
      <p>The new address is confirmed. Use it to sign in from now on.</p>
      <Onward />
    </CardPage>
  );
}

function NotAnyMore() {
  return (
    <>
      <p>
        Links work once, for a day, and only the newest one counts. If you opened this one before,
        your address is changed already.
      </p>
      <Onward />
    </>
  );
}

function Onward() {
  const { session } = useAuth();
  const isIn = session.state === 'signed-in';
  return (
    <Link className="button" to={isIn ? '/browse' : '/login'}>
      {isIn ? 'Go to the library' : 'Sign in'}
    </Link>
  );
}

// The menu shows the address of whoever is signed in here.
function useFreshUser(): void {
  const { session, enter } = useAuth();
  const isIn = session.state === 'signed-in';
  useEffect(() => {
    if (!isIn) return;
    const controller = new AbortController();
    fetchMe(controller.signal).then(enter, () => undefined);
    return () => controller.abort();
  }, [isIn, enter]);
}
