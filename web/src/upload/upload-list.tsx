import type { RefObject } from 'react';

import { followed, type QueuedUpload } from './queue';
import { UploadRow } from './upload-row';
import type { Uploads } from './uploads';

interface UploadListProps {
  list: readonly QueuedUpload[];
  uploads: Uploads;
  heading: RefObject<HTMLHeadingElement | null>;
}

/** The files of this visit, in the order in which they were chosen. */
export function UploadList({ list, uploads, heading }: UploadListProps) {
  const live = followed(list);

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
