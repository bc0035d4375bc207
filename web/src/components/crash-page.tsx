import { isRouteErrorResponse, useRouteError } from 'react-router';

export function CrashPage() {
  const error = useRouteError();
  const reason = isRouteErrorResponse(error)
    ? error.statusText
    : error instanceof Error
      ? error.message
      : '';
  return (
    <div className="message-page">
      <title>Something broke · Videoflix</title>
      <h1>The film tore</h1>
      <p>This page hit an error it could not handle. Loading it again usually helps.</p>
      {reason !== '' && <pre className="log">{reason}</pre>}
      <div className="actions">
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Load again
        </button>
        <a className="button button--quiet" href="/">
          Start page
        </a>
      </div>
    </div>
  );
}
