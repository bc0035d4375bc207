import { Link, NavLink, useLocation } from 'react-router';

import { useAuth } from '../auth/auth-context';
import { Brand } from './brand';
import { UserMenu } from './user-menu';

export function Header() {
  const { session } = useAuth();
  const { pathname } = useLocation();

  return (
    <header className={pathname === '/' ? 'header header--over' : 'header'}>
      <Brand to={session.state === 'signed-in' ? '/browse' : '/'} />
      {session.state === 'signed-in' && (
        <>
          <nav aria-label="Main">
            <NavLink to="/browse">Browse</NavLink>
            <NavLink to="/upload">Upload</NavLink>
          </nav>
          <UserMenu user={session.user} />
        </>
      )}
      {session.state === 'signed-out' && pathname !== '/login' && (
        <nav className="header__end" aria-label="Account">
          <Link to="/login">Sign in</Link>
        </nav>
      )}
    </header>
  );
}
