import { Link } from 'react-router';

export default function NotFoundPage() {
  return (
    <div className="message-page">
      <title>Not found · Videoflix</title>
      <h1>There is no page here</h1>
      <p>The address may be mistyped, or what it led to has been removed.</p>
      <div className="actions">
        <Link className="button" to="/">
          Start page
        </Link>
      </div>
    </div>
  );
}
