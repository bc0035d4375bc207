import { useState } from 'react';
import { Link, useBlocker } from 'react-router';

import { useAuth } from '../auth/auth-context';
import { CardPage } from '../components/card-page';
import { UploadDetails } from '../upload/upload-details';
import { UploadProcessing } from '../upload/upload-processing';
import { UploadTransfer } from '../upload/upload-transfer';
import { useUpload } from '../upload/use-upload';
import '../styles/upload.css';

export default function UploadPage() {
  const { session } = useAuth();
  return session.state === 'signed-in' && session.user.is_demo ? <NotForGuests /> : <Uploader />;
}

function Uploader() {
  const { upload, start, stop, reset } = useUpload();
  const [attempt, setAttempt] = useState(0);
  useLeaveWarning(upload.state === 'sending');

  return (
    <div className="page upload">
      <title>Upload · Videoflix</title>
      <h1>Upload a video</h1>
      {upload.state !== 'sent' && (
        // Only hidden while sending, so that nothing has to be typed twice.
        <div hidden={upload.state === 'sending'}>
          <UploadDetails
            key={attempt}
            refusal={upload.state === 'refused' ? upload.error : undefined}
            onSubmit={start}
          />
        </div>
      )}
      {upload.state === 'sending' && <UploadTransfer transfer={upload} onStop={stop} />}
      {upload.state === 'sent' && (
        <UploadProcessing
          id={upload.receipt.id}
          title={upload.title}
          onAnother={() => {
            setAttempt(attempt + 1);
            reset();
          }}
        />
      )}
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

// Leaving the page ends the upload, so it asks first.
function useLeaveWarning(active: boolean): void {
  useBlocker(() => active && !window.confirm('The upload is still running. Leave and stop it?'));
}
