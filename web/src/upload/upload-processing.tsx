import { Link } from 'react-router';

import { isOver, useVideoStatus } from '../api/use-video-status';
import { Failure } from '../components/failure';
import { Processing } from '../components/processing';

interface UploadProcessingProps {
  id: string;
  title: string;
  onAnother: () => void;
}

export function UploadProcessing({ id, title, onAnother }: UploadProcessingProps) {
  const status = useVideoStatus(id, 1000);
  const failed = status !== undefined && isOver(status) && status.status !== 'ready';
  const done = status?.status === 'ready';

  return (
    <section className="upload__progress">
      {title !== '' && <h2>{title}</h2>}
      {failed && <Failure status={status} />}
      {!failed && !done && <Processing status={status} />}
      {status?.playable && (
        <p role="status">
          {done
            ? 'Every quality is ready.'
            : 'It can be watched already, while the rest is encoded.'}
        </p>
      )}
      <div className="actions">
        {status?.playable && (
          <Link className="button" to={`/watch/${id}`}>
            Watch now
          </Link>
        )}
        <button type="button" className="button button--quiet" onClick={onAnother}>
          Upload another
        </button>
      </div>
    </section>
  );
}
