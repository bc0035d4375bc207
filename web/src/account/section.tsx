import { useId, type ReactNode } from 'react';

interface SectionProps {
  title: string;
  intro: ReactNode;
  children: ReactNode;
}

/** A part of the account page: what it is about, and what can be done. */
export function Section({ title, intro, children }: SectionProps) {
  const id = useId();
  return (
    <section className="account__section" aria-labelledby={id}>
      <div className="account__about">
        <h2 id={id}>{title}</h2>
        <p>{intro}</p>
      </div>
      <div className="stack">{children}</div>
    </section>
  );
}
