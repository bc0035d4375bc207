import { memo } from 'react';
import { Link } from 'react-router';

import { Notice } from '../components/notice';
import { ProgressBar } from '../components/progress-bar';
import { bytes, timeLeft } from '../format';
import { ProcessingPart } from './processing-part';
import { can, percentOf, type QueuedUpload } from './queue';
import type { Uploads } from './uploads';

interface UploadRowProps {
  upload: QueuedUpload;
  uploads: Uploads;
  /** Whether its processing is told as it happens. */
  isFollowed: boolean;
}

/** One file: how far it is, and what can be done about it. */
export const UploadRow = memo(function UploadRow({ upload, uploads, isFollowed }: UploadRowProps) {
  const { key, file, metadata, state } = upload;
  const name = metadata?.['title'] ?? file.name;

  return (
    <li className="upload__row" aria-label={name} data-state={state.name}>
      <div className="upload__name">
        <strong>{name}</strong>
        <span className="quiet">
          {name !== file.name && `${file.name} · `}
          {bytes(file.size)}
        </span>
      </div>
      {state.name === 'sent' ? (
        <ProcessingPart
          videoId={state.videoId}
          name={name}
          isFollowed={isFollowed}
          onSettled={(isSettled) => uploads.settle(key, isSettled)}
          onRemove={() => void uploads.remove(upload)}
        />
      ) : (
        <SendingPart upload={upload} name={name} uploads={uploads} />
      )}
    </li>
  );
});

interface SendingPartProps {
  upload: QueuedUpload;
  name: string;
  uploads: Uploads;
}

function SendingPart({ upload, name, uploads }: SendingPartProps) {
  const { state, sentBytes, file } = upload;
  const wasRefused = state.name === 'failed' && upload.url === undefined;
  const isCancel = can('cancel', upload) && !wasRefused;

  const leave = () => {
    const isSure = !isCancel || sentBytes === 0 || window.confirm(`Cancel the upload of ${name}?`);
    if (isSure) void uploads.remove(upload);
  };

  return (
    <>
      <div className="upload__actions">
        <MainButton upload={upload} name={name} uploads={uploads} />
        <button
          type="button"
          className="button button--quiet button--small"
          aria-label={isCancel ? `Cancel ${name}` : `Remove ${name} from the list`}
          onClick={leave}
        >
          {isCancel ? 'Cancel' : 'Remove'}
        </button>
      </div>
      {state.name !== 'duplicate' && !wasRefused && (
        <ProgressBar label={`Upload of ${name}`} percent={percentOf(sentBytes, file.size)} />
      )}
      <SendingFacts upload={upload} />
    </>
  );
}

/** One button for what comes next: it keeps the focus when that changes. */
function MainButton({ upload, name, uploads }: SendingPartProps) {
  const { key } = upload;
  const [text, run] = can('pause', upload)
    ? (['Pause', () => uploads.pause(key)] as const)
    : can('resume', upload)
      ? (['Resume', () => uploads.resume(key)] as const)
      : can('retry', upload)
        ? (['Try again', () => uploads.resume(key)] as const)
        : (['Upload it anyway', () => uploads.sendAnyway(key)] as const);
  return (
    <button
      type="button"
      className="button button--quiet button--small"
      aria-label={text === 'Upload it anyway' ? `Upload ${name} anyway` : `${text}: ${name}`}
      onClick={run}
    >
      {text}
    </button>
  );
}

function SendingFacts({ upload }: { upload: QueuedUpload }) {
  const { state, sentBytes, bytesPerSecond, file } = upload;
  if (state.name === 'failed') return <Notice tone="bad">{state.reason}</Notice>;
  if (state.name === 'duplicate') {
    return (
      <Notice tone="warn">
        You have uploaded this file before.{' '}
        <Link to={`/watch/${state.videoId}`}>Watch that video</Link>, or upload the file once more.
      </Notice>
    );
  }
  const left =
    bytesPerSecond === undefined ? undefined : timeLeft(file.size - sentBytes, bytesPerSecond);
  return (
    <div className="upload__facts">
      <span role="status">{stateInWords(upload)}</span>
      <span className="edge-print">
        <span>{Math.floor(percentOf(sentBytes, file.size))} %</span>
        <span>
          {bytes(sentBytes)} of {bytes(file.size)}
        </span>
        {bytesPerSecond !== undefined && <span>{bytes(bytesPerSecond)}/s</span>}
        {left !== undefined && <span>{left}</span>}
      </span>
    </div>
  );
}

function stateInWords({ state, sentBytes, file }: QueuedUpload): string {
  switch (state.name) {
    case 'waiting':
      return 'Waiting for its turn';
    case 'sending':
      return sentBytes >= file.size ? 'Storing the file' : 'Uploading';
    case 'paused':
      return 'Paused';
    case 'stalled':
      return state.reason;
    case 'failed':
    case 'duplicate':
    case 'sent':
      return '';
  }
}
