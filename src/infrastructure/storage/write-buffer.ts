/** What a disk is given may run this far ahead of it: many small writes become few, and reading goes on meanwhile. */
export const WRITE_BUFFER_BYTES = 1024 ** 2;
