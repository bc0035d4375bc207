/** What a file dialog offers; some browsers do not know the types of the last ones. */
export const VIDEO_FILES = 'video/*,.mkv,.avi,.mov,.mts,.ts';

interface FileButtonProps {
  text: string;
  /** What it is about, for those who do not see where it stands. */
  label: string;
  onFile: (file: File) => void;
}

/** A button that opens a file dialog. */
export function FileButton({ text, label, onFile }: FileButtonProps) {
  return (
    <label className="button button--quiet button--small file-button">
      <input
        type="file"
        accept={VIDEO_FILES}
        aria-label={label}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = '';
          if (file) onFile(file);
        }}
      />
      <span aria-hidden="true">{text}</span>
    </label>
  );
}
