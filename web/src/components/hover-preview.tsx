interface HoverPreviewProps {
  url: string;
  /** Called when it cannot be played: its link has expired, say. */
  onBroken: () => void;
}

/** Some seconds of the film, silent and over and over, in front of its still. */
export function HoverPreview({ url, onBroken }: HoverPreviewProps) {
  return (
    <video
      className="hover-preview"
      data-testid="hover-preview"
      src={url}
      autoPlay
      loop
      muted
      playsInline
      disablePictureInPicture
      aria-hidden="true"
      tabIndex={-1}
      onError={onBroken}
    />
  );
}
