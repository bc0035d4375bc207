/** Behind so many videos there are no numbered pages: whoever wants to go on uses a cursor. */
export const MAXIMUM_DEPTH = 10_000;

/** What a filter leaves is counted this far. */
export const COUNTED_MATCHES = 1000;

/** The same where a catalogue is larger than {@link MAXIMUM_DEPTH}. */
export const COUNTED_IN_LARGE_CATALOGUES = 100;

/** Where a search has fewer matches, they are found first, and then ordered and counted. */
export const SOME_MATCHES = 300;

/** To find those of a genre, so many matches are looked at. */
export const EXAMINED_MATCHES = 500;

/** Where there are more, so many that have the words anywhere are ranked, and so many that have them in their titles. */
export const RANKED_MATCHES = 100;

/** The latter are the newest of so many. */
export const EXAMINED_TITLES = 300;

/** Where fewer are found, titles that only look like the search are found too. */
export const FEW_MATCHES = 5;
