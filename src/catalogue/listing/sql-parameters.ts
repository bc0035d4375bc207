/** The values of a statement, in the order of their placeholders. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** Placeholder of a value: `$1`. */
  readonly add = (value: unknown): string => `$${this.values.push(value)}`;
}
