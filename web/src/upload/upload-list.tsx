import { useEffect, useRef } from 'react';

import { followed, type QueuedUpload } from './queue';
import { UploadRow } from './upload-row';
import type { Uploads } from './uploads';

interface UploadListProps {
  list: readonly QueuedUpload[];
  uploads: Uploads;
}

/** The files of this visit, in the order in which they were chosen. */
export function UploadList({ list, uploads }: UploadListProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const live = followed(list);

  // What had the focus has gone: the form with the last file, or a row.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus();
  }, [list.length]);

  if (list.length === 0) return null;
  return (
    <section className="upload__section">
      <h2 ref={heading} tabIndex={-1}>
        Uploads
      </h2>
      <ul className="upload__list">
        {list.map((upload) => (
          <UploadRow
            key={upload.key}
            upload={upload}
            uploads={uploads}
            isFollowed={live.has(upload.key)}
          />
        ))}
      </ul>
    </section>
  );
}
