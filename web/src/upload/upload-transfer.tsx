import { ProgressBar } from '../components/progress-bar';
import { bytes, spoken } from '../format';
import type { Transfer } from './use-upload';

interface UploadTransferProps {
  transfer: Transfer;
  onStop: () => void;
}

export function UploadTransfer({ transfer, onStop }: UploadTransferProps) {
  const { fileName, sentBytes, totalBytes, bytesPerSecond } = transfer;
  const percent = totalBytes > 0 ? (sentBytes / totalBytes) * 100 : 0;
  const left = bytesPerSecond ? (totalBytes - sentBytes) / bytesPerSecond : undefined;
  const sent = sentBytes >= totalBytes && totalBytes > 0;

  return (
    <section className="upload__progress" data-testid="upload-progress">
      <p className="processing__percent">{Math.floor(percent)} %</p>
      <p className="processing__stage">{sent ? 'Storing the file' : `Sending ${fileName}`}</p>
      <ProgressBar label="Upload" percent={percent} />
      <p className="edge-print">
        <span>
          {bytes(sentBytes)} of {bytes(totalBytes)}
        </span>
        {bytesPerSecond !== undefined && <span>{bytes(bytesPerSecond)}/s</span>}
        {!sent && left !== undefined && Number.isFinite(left) && <span>{spoken(left)} left</span>}
      </p>
      <button type="button" className="button button--quiet" onClick={onStop}>
        Stop the upload
      </button>
    </section>
  );
}
