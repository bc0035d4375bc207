import { Link } from 'react-router';

import { activate } from '../api/accounts';
import { CardPage } from '../components/card-page';
import { MailedLink } from '../components/mailed-link';
import { ResendActivation } from '../components/resend-activation';

export default function ActivatePage() {
  return <MailedLink present={activate} taken={<Activated />} refused={<AnotherLink />} />;
}

function Activated() {
  return (
    <CardPage title="Account activated" announced>
      <p>Your account is ready. Sign in and start watching.</p>
      <Link className="button" to="/login">
        Sign in
      </Link>
    </CardPage>
  );
}

function AnotherLink() {
  return (
    <>
      <p>
        Links work once, for three days. If the account is active already, just{' '}
        <Link to="/login">sign in</Link>. Otherwise ask for a new link:
      </p>
      <ResendActivation />
    </>
  );
}
