import { useRef, useSyncExternalStore } from 'react';
import { Link } from 'react-router';

import { fetchOpenUploads } from '../api/uploads';
import { useLoad } from '../api/use-load';
import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { NotLoaded } from '../components/not-loaded';
import { Drafts } from '../upload/drafts';
import { DropZone } from '../upload/drop-zone';
import { OpenRow } from '../upload/open-row';
import { useFocusKept } from '../upload/use-focus-kept';
import { UploadList } from '../upload/upload-list';
import type { Uploads } from '../upload/uploads';
import { uploadsOf } from '../upload/uploads-of';
import { useDrafts } from '../upload/use-drafts';
import '../styles/upload.css';

export default function UploadPage() {
  const { session } = useAuth();
  if (session.state !== 'signed-in') return null;
  return session.user.is_demo ? (
    <NotForGuests />
  ) : (
    <Uploader uploads={uploadsOf(session.user.id)} />
  );
}

function Uploader({ uploads }: { uploads: Uploads }) {
  const list = useSyncExternalStore(uploads.subscribe, uploads.snapshot);
  const { result, reload } = useLoad('open uploads', fetchOpenUploads);
  const known = result.state === 'ready' ? result.value : [];
  const open = known.filter(({ url }) => !uploads.isOfThisTab(url));
  const { drafts, said, take, remove, clear } = useDrafts(uploads, known);
  const title = useRef<HTMLHeadingElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusKept([drafts.length, open.length, list.length], [heading, title]);
  const isBusy = drafts.length + list.length + open.length > 0;

  return (
    <div className="page upload">
      <title>Upload · Videoflix</title>
      <h1 ref={title} tabIndex={-1}>
        Upload videos
      </h1>
      <DropZone compact={isBusy} onFiles={(files) => void take(files)} />
      <p className="upload__said" role="status">
        {said}
      </p>
      {result.state === 'failed' && <NotLoaded error={result.error} onRetry={reload} />}
      {drafts.length > 0 && (
        <Drafts
          drafts={drafts}
          onRemove={remove}
          onSubmit={(described) => {
            uploads.add(described);
            clear();
          }}
        />
      )}
      {open.length > 0 && (
        <section className="upload__section">
          <h2>Not finished</h2>
          <ul className="upload__list">
            {open.map((upload) => (
              <OpenRow
                key={upload.id}
                upload={upload}
                onFile={(file) =>
                  uploads.add([{ file, url: upload.url, sentBytes: upload.offset }])
                }
                onDiscarded={reload}
              />
            ))}
          </ul>
        </section>
      )}
      <UploadList list={list} uploads={uploads} heading={heading} />
    </div>
  );
}

function NotForGuests() {
  return (
    <CardPage title="Uploading needs an account">
      <p>
        The demo account can watch everything but not add to the library. Sign out, then register
        with your email: it takes a minute.
      </p>
      <Link className="button" to="/browse">
        Back to the library
      </Link>
    </CardPage>
  );
}
