import type { VideoStatus } from '../api/types';

/** Why a video cannot be watched, with the encoder's last words for those who want them. */
export function Failure({ status }: { status: VideoStatus }) {
  const cancelled = status.status === 'cancelled';
  return (
    <div className="failure" role="alert">
      <h2>{cancelled ? 'Processing was cancelled' : 'This video could not be processed'}</h2>
      <p>
        {status.error?.detail ||
          (cancelled ? 'Nothing of it can be watched.' : 'The server gave no reason.')}
      </p>
      {status.error !== null && status.error.log_tail.length > 0 && (
        <details>
          <summary>Technical details</summary>
          <pre className="log">{status.error.log_tail.join('\n')}</pre>
        </details>
      )}
    </div>
  );
}
