import { useId, type InputHTMLAttributes, type ReactNode } from 'react';

type Problem = string | readonly string[] | undefined;

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  label: string;
  name: string;
  hint?: ReactNode;
  problem?: Problem;
}

export function Field({ label, hint, problem, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        {...input}
        aria-invalid={problem !== undefined}
        aria-describedby={problem !== undefined || hint !== undefined ? `${id}-note` : undefined}
      />
      <FieldNote id={`${id}-note`} label={label} hint={hint} problem={problem} />
    </div>
  );
}

interface FieldNoteProps {
  id: string;
  label: string;
  hint?: ReactNode;
  problem?: Problem;
}

function FieldNote({ id, label, hint, problem }: FieldNoteProps) {
  // Always there: only what changes inside a live region is sure to be read aloud.
  return (
    <div id={id} className="field__note" aria-live="polite">
      {problem === undefined
        ? hint !== undefined && <p className="field__hint">{hint}</p>
        : [problem].flat().map((message) => (
            <p key={message} className="field__problem">
              {sentence(label, message)}
            </p>
          ))}
    </div>
  );
}

// The API's messages go on from the field's name: "is too common".
function sentence(label: string, message: string): string {
  return /^\p{Ll}/u.test(message) ? `${label} ${message}.` : message;
}
