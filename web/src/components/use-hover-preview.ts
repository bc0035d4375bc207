import { useEffect, useState, type PointerEvent } from 'react';

/** Whoever only passes over a poster sees nothing move. */
const DELAY_MILLISECONDS = 350;

/**
 * Says when a preview is to be shown: a mouse rests on the element, and its owner has not asked for less
 * motion. `handlers` belong on the element.
 */
export function useHoverPreview(url: string | null) {
  const [hovered, setHovered] = useState(false);
  const [shown, setShown] = useState(false);

  useEffect(() => {
    if (!hovered) return;
    const timer = setTimeout(() => setShown(true), DELAY_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [hovered]);

  const leave = () => {
    setHovered(false);
    setShown(false);
  };
  return {
    previewUrl: shown ? url : null,
    leave,
    handlers: {
      onPointerEnter: ({ pointerType }: PointerEvent) =>
        setHovered(pointerType === 'mouse' && mayMove()),
      onPointerLeave: leave,
    },
  };
}

function mayMove(): boolean {
  return matchMedia('(hover: hover) and (prefers-reduced-motion: no-preference)').matches;
}
