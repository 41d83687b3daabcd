/**
 * Time limits of git processes, in milliseconds. They stop a process that hangs (a dead network file system, a named
 * pipe instead of a file), not one that is slow: each is far above every measurement.
 */
export const TIME_LIMIT = {
  /** Commands that read or write a few objects take 2 to 30 ms; a thousandfold means a broken disk. */
  few: 30_000,
  /** Commands whose work grows with the tree (list, search, diff) take half a second on 20,000 files. */
  tree: 120_000,
  /** Commands that copy a whole tree (import, archive, repack) are bound by the disk: 10 GB take minutes. */
  bulk: 900_000,
} as const;

/** Bytes of output collected in memory. The listing of a million files is about 100 MB. */
export const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Bytes of stderr that are kept: enough for git's final message, and a bound on what a hostile repository prints. */
export const MAX_STDERR_BYTES = 16 * 1024;

/** Bytes of one file read into memory as a whole. No file that an agent reads or edits is nearly that large. */
export const MAX_FILE_BYTES = 128 * 1024 * 1024;

/**
 * Bytes from which a file counts as big: git streams it, does not diff its lines, and the search skips it. The largest
 * source files in practice (generated parsers, lock files) have a few megabytes.
 */
export const BIG_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Milliseconds after which a lock file in the store counts as left behind by a killed process: git holds its locks
 * only while it writes one small file.
 */
export const STALE_LOCK_MS = 60_000;
