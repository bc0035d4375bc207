import { Navigate, Outlet, useLocation, useSearchParams } from 'react-router';

import { PagePlaceholder } from '../components/page-placeholder';
import { useAuth } from './auth-context';

const ACCOUNT = '/account';

/**
 * Lets signed-in people through and sends everyone else to sign in and back. Who must set up a
 * second factor first gets no further than the account page, where that is done.
 */
export function SignedInOnly() {
  const { session, secondFactorDue } = useAuth();
  const { pathname, search } = useLocation();
  if (session.state === 'checking') return <PagePlaceholder />;
  if (session.state === 'signed-out') {
    return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />;
  }
  if (secondFactorDue && pathname !== ACCOUNT) return <Navigate to={ACCOUNT} replace />;
  return <Outlet />;
}

/** Sends people who are signed in already to the page they came for. */
export function SignedOutOnly() {
  const { session } = useAuth();
  const [query] = useSearchParams();
  if (session.state === 'checking') return <PagePlaceholder />;
  if (session.state === 'signed-in') return <Navigate to={inside(query.get('next'))} replace />;
  return <Outlet />;
}

// "//host" and "/\host" are other sites to a browser.
function inside(path: string | null): string {
  return path !== null && /^\/(?![/\\])/.test(path) ? path : '/browse';
}
