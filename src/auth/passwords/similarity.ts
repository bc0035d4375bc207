/**
 * How much two texts have in common, from 0 to 1, whatever the order of their characters: twice the
 * shared characters by all characters, as `quick_ratio` of Python's `difflib.SequenceMatcher`.
 */
export function quickRatio(one: readonly string[], other: readonly string[]): number {
  const all = one.length + other.length;
  if (all === 0) return 1;
  const left = new Map<string, number>();
  for (const character of other) left.set(character, (left.get(character) ?? 0) + 1);
  let shared = 0;
  for (const character of one) {
    const count = left.get(character) ?? 0;
    if (count === 0) continue;
    left.set(character, count - 1);
    shared += 1;
  }
  return (2 * shared) / all;
}

/** What {@link quickRatio} cannot exceed for texts of these lengths. */
export function greatestRatio(length: number, otherLength: number): number {
  const all = length + otherLength;
  return all === 0 ? 1 : (2 * Math.min(length, otherLength)) / all;
}

/** A text's code points, which are what Python counts and compares. */
export function codePointsOf(text: string): string[] {
  return Array.from(text);
}
