import { useCallback, useEffect, useRef, useState } from 'react';

import { isAbort } from '../api/client';
import type { UploadReceipt } from '../api/types';
import { uploadVideo, type UploadForm, type UploadProgress } from '../api/upload';
import { speedometer } from './speedometer';

export interface Transfer extends UploadProgress {
  fileName: string;
  bytesPerSecond: number | undefined;
}

export type Upload =
  | { state: 'choosing' }
  | ({ state: 'sending' } & Transfer)
  | { state: 'refused'; error: unknown }
  | { state: 'sent'; receipt: UploadReceipt; title: string };

export function useUpload() {
  const [upload, setUpload] = useState<Upload>({ state: 'choosing' });
  const controller = useRef<AbortController>(undefined);

  const stop = useCallback(() => controller.current?.abort(), []);
  useEffect(() => stop, [stop]);
  useEffect(() => {
    if (upload.state !== 'sending') return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [upload.state]);

  const start = useCallback((form: UploadForm) => {
    const current = new AbortController();
    controller.current = current;
    const measure = speedometer();
    const show = (progress: UploadProgress) => {
      const bytesPerSecond = measure(progress.sentBytes, performance.now());
      setUpload({ state: 'sending', fileName: form.file.name, ...progress, bytesPerSecond });
    };
    show({ sentBytes: 0, totalBytes: form.file.size });
    uploadVideo(form, show, current.signal)
      .then((receipt) => setUpload({ state: 'sent', receipt, title: form.title }))
      .catch((error: unknown) =>
        setUpload(isAbort(error) ? { state: 'choosing' } : { state: 'refused', error }),
      );
  }, []);

  const reset = useCallback(() => setUpload({ state: 'choosing' }), []);
  return { upload, start, stop, reset };
}
