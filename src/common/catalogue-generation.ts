/**
 * SQL expression: a number, as text, that is another one after every change of the catalogue. A sequence shows the
 * same last value before its first use and after it.
 */
export const CATALOGUE_GENERATION = `(SELECT CASE WHEN is_called THEN last_value ELSE 0 END
  FROM catalogue_generation)::text`;
