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

/**
 * Bytes of memory of a git process that reads a repository of the user's: git reads some files of a git folder whole (HEAD,
 * branches, `alternates`), and a file with holes or a link to a device has no end. Twenty times what the status of 100,000
 * files takes.
 */
export const USER_GIT_BYTES = 2 * 1024 * 1024 * 1024;

/** Bytes of one file read whole into memory. Nothing that an agent reads or edits is near it. */
export const MAX_FILE_BYTES = 128 * 1024 * 1024;

/**
 * Bytes from which a file counts as big: git streams it, does not diff its lines, and the search skips it. The largest
 * source files in practice (generated parsers, lock files) have a few megabytes.
 */
export const BIG_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Milliseconds after which a lock file, in the store or of the run's branch, counts as left behind by a killed process:
 * git holds its locks only while it writes one small file. It is longer than the time limit of that git (TIME_LIMIT.few).
 */
export const STALE_LOCK_MS = 60_000;
