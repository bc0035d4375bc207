import { useState } from 'react';

interface ArtworkProps {
  url: string | null;
  eager?: boolean;
}

/** A still from the film; an empty frame where there is none yet or its link has expired. */
export function Artwork({ url, eager = false }: ArtworkProps) {
  const [broken, setBroken] = useState<string>();
  if (url === null || url === broken) return <div className="artwork artwork--empty" />;
  return (
    <img
      className="artwork"
      src={url}
      alt=""
      loading={eager ? 'eager' : 'lazy'}
      decoding="async"
      onError={() => setBroken(url)}
    />
  );
}
