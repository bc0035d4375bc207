import { Field } from './field';
import type { useNewPassword } from './use-new-password';

interface NewPasswordFieldsProps {
  label: string;
  fields: ReturnType<typeof useNewPassword>['fields'];
  problem: readonly string[] | undefined;
}

/** Asks for a new password, twice. */
export function NewPasswordFields({ label, fields, problem }: NewPasswordFieldsProps) {
  const { name, differs, onRepeat } = fields;
  return (
    <>
      <Field
        label={label}
        name={name}
        type="password"
        autoComplete="new-password"
        required
        hint="8 characters or more. A long phrase is the easiest to remember."
        problem={problem}
      />
      <Field
        label={`Repeat ${label.toLowerCase()}`}
        name="repeated_password"
        type="password"
        autoComplete="new-password"
        required
        onChange={onRepeat}
        problem={differs ? 'The two passwords differ.' : undefined}
      />
    </>
  );
}
