import { useEffect, useRef, type ReactNode } from 'react';

interface CardPageProps {
  title: string;
  intro?: ReactNode;
  /** For what takes a form's place: the focus goes to the title, so that it is read aloud. */
  announced?: boolean;
  children: ReactNode;
}

/** A narrow page around one form or one message. */
export function CardPage({ title, intro, announced = false, children }: CardPageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (announced) heading.current?.focus();
  }, [announced]);

  return (
    <div className="card-page">
      <title>{`${title} · Videoflix`}</title>
      <section className="card">
        <h1 ref={heading} tabIndex={announced ? -1 : undefined}>
          {title}
        </h1>
        {intro !== undefined && <p className="card__intro">{intro}</p>}
        {children}
      </section>
    </div>
  );
}
