import type { ReactNode } from 'react';

interface CardPageProps {
  title: string;
  intro?: ReactNode;
  children: ReactNode;
}

/** A narrow page around one form or one message. */
export function CardPage({ title, intro, children }: CardPageProps) {
  return (
    <div className="card-page">
      <title>{`${title} · Videoflix`}</title>
      <section className="card">
        <h1>{title}</h1>
        {intro !== undefined && <p className="card__intro">{intro}</p>}
        {children}
      </section>
    </div>
  );
}
