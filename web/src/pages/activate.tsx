import { Link, useSearchParams } from 'react-router';

import { activate } from '../api/accounts';
import { CardPage } from '../components/card-page';
import { Notice } from '../components/notice';
import { PagePlaceholder } from '../components/page-placeholder';
import { ResendActivation } from '../components/resend-activation';
import { useMailedLink } from '../components/use-mailed-link';

export default function ActivatePage() {
  const [query] = useSearchParams();
  const outcome = useMailedLink(query, activate);

  switch (outcome.state) {
    case 'asking':
      return <PagePlaceholder />;
    case 'taken':
      return (
        <CardPage title="Account activated" announced>
          <p>Your account is ready. Sign in and start watching.</p>
          <Link className="button" to="/login">
            Sign in
          </Link>
        </CardPage>
      );
    case 'refused':
      return (
        <CardPage title="This link does not work" announced>
          <Notice tone="bad">{outcome.reason}</Notice>
          <p>
            Links work once, for three days. If the account is active already, just{' '}
            <Link to="/login">sign in</Link>. Otherwise ask for a new link:
          </p>
          <ResendActivation />
        </CardPage>
      );
  }
}
