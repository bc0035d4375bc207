/** Behind so many videos there are no numbered pages: whoever wants to go on uses a cursor. */
export const MAXIMUM_DEPTH = 10_000;

/** Where a catalogue is larger than {@link MAXIMUM_DEPTH}, what a filter leaves is counted this far. */
export const COUNTED_MATCHES = 200;

/** Where a search has fewer matches, they are found first, and then filtered, ordered and counted. */
export const SOME_MATCHES = 500;

/** Else, of the videos that have a word in their titles, and of those that have it anywhere, so many are ranked. */
export const RANKED_MATCHES = 100;

/** Where fewer are found, titles that only look like the search are found too. */
export const FEW_MATCHES = 5;
