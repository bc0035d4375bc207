import { Link } from 'react-router';

export function Brand({ to }: { to: string }) {
  return (
    <Link className="brand" to={to}>
      <svg viewBox="0 0 30 24" width="30" height="24" aria-hidden="true">
        <path
          fill="currentColor"
          fillRule="evenodd"
          d="M2 0h26a2 2 0 0 1 2 2v20a2 2 0 0 1-2 2H2a2 2 0 0 1-2-2V2a2 2 0 0 1 2-2Zm1 3v4h3V3H3Zm0 7v4h3v-4H3Zm0 7v4h3v-4H3ZM24 3v4h3V3h-3Zm0 7v4h3v-4h-3Zm0 7v4h3v-4h-3ZM11 5v14l11-7-11-7Z"
        />
      </svg>
      <span>Videoflix</span>
    </Link>
  );
}
