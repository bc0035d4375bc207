import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

import { Icon } from './icon';

interface PosterRowProps {
  title: string;
  children: ReactNode;
}

/** One shelf of posters that scrolls sideways; the buttons are for a mouse without a wheel. */
export function PosterRow({ title, children }: PosterRowProps) {
  const id = useId();
  const strip = useRef<HTMLDivElement>(null);
  const { before, after } = useOverflow(strip);

  const turn = (direction: 1 | -1) => {
    strip.current?.scrollBy({ left: direction * strip.current.clientWidth * 0.85 });
  };

  return (
    <section className="row" aria-labelledby={id}>
      <div className="row__head">
        <h2 id={id}>{title}</h2>
        {(before || after) && (
          <div className="row__turn">
            <button
              type="button"
              className="icon-button"
              aria-label={`${title}: back`}
              disabled={!before}
              onClick={() => turn(-1)}
            >
              <Icon name="left" />
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={`${title}: more`}
              disabled={!after}
              onClick={() => turn(1)}
            >
              <Icon name="right" />
            </button>
          </div>
        )}
      </div>
      <div className="row__strip" ref={strip}>
        {children}
      </div>
    </section>
  );
}

function useOverflow(strip: React.RefObject<HTMLDivElement | null>) {
  const [overflow, setOverflow] = useState({ before: false, after: false });

  useEffect(() => {
    const element = strip.current;
    if (!element) return;
    const measure = () => {
      const before = element.scrollLeft > 4;
      const after = element.scrollLeft + element.clientWidth < element.scrollWidth - 4;
      setOverflow((held) =>
        held.before === before && held.after === after ? held : { before, after },
      );
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      observer.disconnect();
    };
  }, [strip]);

  return overflow;
}
