import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import { CardPage } from './card-page';
import { Notice } from './notice';
import { PagePlaceholder } from './page-placeholder';
import { useMailedLink } from './use-mailed-link';

interface MailedLinkProps {
  present: (uid: string, token: string) => Promise<unknown>;
  /** The page once the API has taken the link. */
  taken: ReactNode;
  /** What to do about a link that was refused. */
  refused: ReactNode;
}

/** The page a mailed link leads to: presents it to the API, and shows what became of it. */
export function MailedLink({ present, taken, refused }: MailedLinkProps) {
  const [query] = useSearchParams();
  const outcome = useMailedLink(query, present);

  switch (outcome.state) {
    case 'asking':
      return <PagePlaceholder />;
    case 'taken':
      return taken;
    case 'unanswered':
      return (
        <CardPage title="That did not work" announced>
          <Notice tone="bad">{outcome.reason}</Notice>
          <p>Your link may still be good.</p>
          <button type="button" className="button" onClick={outcome.retry}>
            Try again
          </button>
        </CardPage>
      );
    case 'refused':
      return (
        <CardPage title="This link does not work" announced>
          <Notice tone="bad">{outcome.reason}</Notice>
          {refused}
        </CardPage>
      );
  }
}
