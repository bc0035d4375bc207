import { useState } from 'react';

import { describe } from '../api/error';
import type { OpenUpload } from '../api/types';
import { Notice } from '../components/notice';
import { ProgressBar } from '../components/progress-bar';
import { useAction } from '../components/use-action';
import { bytes, day } from '../format';
import { FileButton } from './file-button';
import { printOf } from './file-print';
import { matchingUpload } from './matching';
import { percentOf } from './queue';
import { discardUpload } from './requests';

interface OpenRowProps {
  upload: OpenUpload;
  onFile: (file: File) => void;
  onDiscarded: () => void;
}

/** An upload of an earlier visit: the server has a part of it, and this page lacks the file. */
export function OpenRow({ upload, onFile, onDiscarded }: OpenRowProps) {
  const { filename, size, offset } = upload;
  const [isOther, setIsOther] = useState(false);
  const { busy, error, run } = useAction(async () => {
    await discardUpload(upload.url);
    onDiscarded();
  });
  const percent = percentOf(offset, size);
  // Of others nobody knows which file they are of.
  const isOurs = upload.fingerprint !== null;

  const choose = async (file: File) => {
    const isThis = matchingUpload(file, await printOf(file), [upload]) !== undefined;
    setIsOther(!isThis);
    if (isThis) onFile(file);
  };

  return (
    <li className="upload__row" aria-label={filename}>
      <div className="upload__name">
        <strong>{filename}</strong>
        <span className="quiet">{bytes(size)}</span>
      </div>
      <div className="upload__actions">
        {isOurs && (
          <FileButton
            text="Choose the file"
            label={`Choose ${filename} again to go on`}
            onFile={(file) => void choose(file)}
          />
        )}
        <button
          type="button"
          className="button button--quiet button--small"
          aria-label={`Discard ${filename}`}
          disabled={busy}
          onClick={() => {
            if (window.confirm(`Discard what has been sent of ${filename}?`)) void run();
          }}
        >
          Discard
        </button>
      </div>
      <ProgressBar label={`Upload of ${filename}`} percent={percent} />
      <p className="upload__facts">
        <span>
          {isOurs
            ? 'Choose the file again to go on.'
            : 'It was begun with another program. Go on there, or discard it.'}
        </span>
        <span className="edge-print">
          <span>{Math.floor(percent)} %</span>
          <span>
            {bytes(offset)} of {bytes(size)}
          </span>
          <span>kept until {day(upload.expires_at)}</span>
        </span>
      </p>
      {isOther && (
        <Notice tone="bad">
          This is another file, or it has changed since. Choose {filename} ({bytes(size)}) as it
          was, or discard this upload.
        </Notice>
      )}
      {error !== undefined && <Notice tone="bad">{describe(error)}</Notice>}
    </li>
  );
}
