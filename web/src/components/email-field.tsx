import { Field } from './field';

/** Asks for the address of an account. */
export function EmailField({ problem }: { problem: readonly string[] | undefined }) {
  return (
    <Field
      label="Email"
      name="email"
      type="email"
      autoComplete="email"
      required
      problem={problem}
    />
  );
}
