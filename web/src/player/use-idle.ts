import { useEffect, useState, type RefObject } from 'react';

const QUIET_MS = 2600;

/** True once neither the pointer nor the keyboard has stirred inside the element for a while. */
export function useIdle(element: RefObject<HTMLElement | null>): boolean {
  const [idle, setIdle] = useState(false);

  useEffect(() => {
    const watched = element.current;
    if (!watched) return;
    let timer: ReturnType<typeof setTimeout>;
    const stir = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), QUIET_MS);
    };
    stir();
    for (const event of ['pointermove', 'pointerdown', 'focusin'] as const) {
      watched.addEventListener(event, stir);
    }
    document.addEventListener('keydown', stir);
    return () => {
      clearTimeout(timer);
      for (const event of ['pointermove', 'pointerdown', 'focusin'] as const) {
        watched.removeEventListener(event, stir);
      }
      document.removeEventListener('keydown', stir);
    };
  }, [element]);

  return idle;
}
