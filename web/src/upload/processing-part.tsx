import { useEffect, useState } from 'react';
import { Link } from 'react-router';

import { describe } from '../api/error';
import type { VideoStatus } from '../api/types';
import { useVideoEvents } from '../api/use-video-events';
import { isOver, useVideoStatus } from '../api/use-video-status';
import { retryProcessing } from '../api/videos';
import { Failure } from '../components/failure';
import { Notice } from '../components/notice';
import { outlookOf, stageOf } from '../components/processing-words';
import { ProgressBar } from '../components/progress-bar';
import { useAction } from '../components/use-action';

const ASKED_EVERY_MS = 5000;

interface ProcessingPartProps {
  videoId: string;
  name: string;
  /** Whether it is told as it happens; otherwise it is asked for now and then. */
  isFollowed: boolean;
  onSettled: (isSettled: boolean) => void;
  onRemove: () => void;
}

/** The second half of a row: what the server makes of a file that is there. */
export function ProcessingPart(props: ProcessingPartProps) {
  const { videoId, name, isFollowed, onSettled, onRemove } = props;
  const [round, setRound] = useState(0);
  const told = useVideoEvents(isFollowed ? videoId : undefined, round);
  const asked = useVideoStatus(videoId, isFollowed ? undefined : ASKED_EVERY_MS);
  const status = told ?? asked;
  const isSettled = status !== undefined && isOver(status);
  const { busy, error, run } = useAction(async () => {
    await retryProcessing(videoId);
    onSettled(false);
    setRound(round + 1);
  });

  useEffect(() => {
    if (isSettled) onSettled(true);
  }, [isSettled]);

  const hasFailed = isSettled && status.status !== 'ready';
  return (
    <>
      <div className="upload__actions">
        {status?.playable && (
          <Link className="button button--small" to={`/watch/${videoId}`}>
            Watch now
          </Link>
        )}
        {hasFailed && mayHelp(status) && (
          <button
            type="button"
            className="button button--quiet button--small"
            aria-label={`Try again: ${name}`}
            disabled={busy}
            onClick={() => void run()}
          >
            Try again
          </button>
        )}
        {isSettled && (
          <button
            type="button"
            className="button button--quiet button--small"
            aria-label={`Remove ${name} from the list`}
            onClick={onRemove}
          >
            Remove
          </button>
        )}
      </div>
      {hasFailed ? <Failure status={status} /> : <Progress status={status} name={name} />}
      {error !== undefined && <Notice tone="bad">{describe(error)}</Notice>}
    </>
  );
}

function Progress({ status, name }: { status: VideoStatus | undefined; name: string }) {
  if (status?.status === 'ready') {
    return (
      <p className="upload__facts upload__facts--good" role="status">
        Every quality is ready.
      </p>
    );
  }
  const percent = Math.floor(status?.progress.percent ?? 0);
  return (
    <>
      <ProgressBar label={`Processing of ${name}`} percent={percent} />
      <div className="upload__facts">
        <span role="status">{stageOf(status)}</span>
        <span className="edge-print">
          <span>{percent} %</span>
        </span>
        <span className="quiet">{outlookOf(status)}</span>
      </div>
    </>
  );
}

/** Whether the same file can come to another end: one that is at fault itself has been removed. */
function mayHelp({ error }: VideoStatus): boolean {
  return error === null || !/^(source|upload)\./.test(error.code);
}
