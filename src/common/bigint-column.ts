/** Column options of a count of bytes: node-postgres hands a bigint over as text. */
export const bigintColumn = {
  type: 'bigint',
  transformer: {
    from: (value: string | null): number | null => (value === null ? null : Number(value)),
    to: (value: number | null): number | null => value,
  },
} as const;
