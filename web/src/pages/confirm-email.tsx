import { useEffect } from 'react';
import { Link, useSearchParams } from 'react-router';

import { confirmEmail, fetchMe } from '../api/accounts';
import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { Notice } from '../components/notice';
import { PagePlaceholder } from '../components/page-placeholder';
import { useMailedLink } from '../components/use-mailed-link';

export default function ConfirmEmailPage() {
  const [query] = useSearchParams();
  const outcome = useMailedLink(query, confirmEmail);

  switch (outcome.state) {
    case 'asking':
      return <PagePlaceholder />;
    case 'taken':
      return <Confirmed />;
    case 'refused':
      return (
        <CardPage title="This link does not work" announced>
          <Notice tone="bad">{outcome.reason}</Notice>
          <p>
            Links work once, for a day, and only the newest one counts. If you opened this one
            before, your address is changed already.
          </p>
          <Onward />
        </CardPage>
      );
  }
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
