import { Link } from 'react-router';

import { DemoButton } from '../components/demo-button';
import { ResolvingScene } from '../components/resolving-scene';
import '../styles/landing.css';

export default function LandingPage() {
  return (
    <div className="landing">
      <title>Videoflix · your own video library</title>
      <section className="landing__hero">
        <ResolvingScene />
        <div className="landing__copy">
          <h1>Your films, on your own screen</h1>
          <p>
            Videoflix is a video library on your own server. Upload a file, press play seconds
            later, and watch it as sharp as the connection allows.
          </p>
          <div className="actions">
            <DemoButton className="button" />
            <Link className="button button--quiet" to="/register">
              Create an account
            </Link>
          </div>
        </div>
      </section>
      <dl className="landing__facts">
        <div>
          <dt>Ready while it is still encoding</dt>
          <dd>A title plays from its first finished segment, however long the film is.</dd>
        </div>
        <div>
          <dt>Sharp when it can be</dt>
          <dd>Every upload is cut into several qualities; the player moves between them.</dd>
        </div>
        <div>
          <dt>Kept in your house</dt>
          <dd>Accounts, films and every byte of playback stay on the server you run.</dd>
        </div>
      </dl>
    </div>
  );
}
