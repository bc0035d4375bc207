import { useRef } from 'react';
import { Link } from 'react-router';

import type { User } from '../api/types';
import { useAuth } from '../auth/auth-context';

export function UserMenu({ user }: { user: User }) {
  const { leave } = useAuth();
  const panel = useRef<HTMLDivElement>(null);
  const name = user.is_demo ? 'Guest' : user.name || user.username || user.email;
  const about = user.is_demo ? 'Demo account, removed at sign-out' : user.email;

  return (
    <div className="user-menu">
      <button
        type="button"
        className="user-menu__button"
        aria-label={`Account menu: ${name}`}
        popoverTarget="user-menu"
      >
        <span className="user-menu__initial" aria-hidden="true">
          {name.slice(0, 1).toUpperCase()}
        </span>
        <span className="user-menu__name">{name}</span>
      </button>
      <div id="user-menu" ref={panel} popover="auto" className="user-menu__panel">
        <p className="user-menu__who">
          <strong>{name}</strong>
          {about !== name && <span>{about}</span>}
        </p>
        {!user.is_demo && (
          <Link
            className="button button--quiet"
            to="/account"
            onClick={() => panel.current?.hidePopover()}
          >
            Account
          </Link>
        )}
        <button type="button" className="button button--quiet" onClick={() => void leave()}>
          Sign out
        </button>
      </div>
    </div>
  );
}
