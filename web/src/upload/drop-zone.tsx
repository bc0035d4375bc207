import { useId } from 'react';

import { Icon } from '../components/icon';
import { VIDEO_FILES } from './file-button';
import { useFileDrop } from './use-file-drop';

interface DropZoneProps {
  /** Small, where there is more on the page. */
  compact: boolean;
  onFiles: (files: File[]) => void;
}

/** Takes files by mouse and by keyboard. */
export function DropZone({ compact, onFiles }: DropZoneProps) {
  const id = useId();
  const isOver = useFileDrop(onFiles);
  const classes = ['drop', compact && 'drop--compact', isOver && 'drop--over'];

  return (
    <div className={classes.filter(Boolean).join(' ')} data-testid="drop-zone">
      <input
        id={id}
        type="file"
        multiple
        accept={VIDEO_FILES}
        aria-label="Video files"
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // Else the same file could not be chosen again.
          currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
      <label htmlFor={id}>
        <Icon name="upload" />
        <strong>{compact ? 'Add more files' : 'Choose files, or drop them here'}</strong>
        <span>
          {compact
            ? 'Or drop them here'
            : 'Any common format. What breaks off goes on where it stopped.'}
        </span>
      </label>
    </div>
  );
}
