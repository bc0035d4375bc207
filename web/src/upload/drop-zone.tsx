import { useId, useState, type DragEvent } from 'react';

import { Icon } from '../components/icon';
import { bytes } from '../format';

interface DropZoneProps {
  file: File | undefined;
  onFile: (file: File) => void;
}

export function DropZone({ file, onFile }: DropZoneProps) {
  const id = useId();
  const [over, setOver] = useState(false);

  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const dropped = event.dataTransfer.files[0];
    if (dropped) onFile(dropped);
  };

  return (
    <div
      className={over ? 'drop drop--over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <input
        id={id}
        type="file"
        accept="video/*,.mkv,.avi,.mov,.mts,.ts"
        aria-label="Video file"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen) onFile(chosen);
        }}
      />
      <label htmlFor={id}>
        <Icon name="upload" />
        {file ? (
          <>
            <strong>{file.name}</strong>
            <span>{bytes(file.size)} · choose another file</span>
          </>
        ) : (
          <>
            <strong>Choose a file, or drop it here</strong>
            <span>One video at a time, in any common format</span>
          </>
        )}
      </label>
    </div>
  );
}
