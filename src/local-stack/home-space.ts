/** Whether the disk of a home has room for the stack and its runs, and can be written at all. */
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { errorCode } from '../shared/error-code.js';
import { readSpace, type Space } from '../shared/files/disk-space.js';

/** What is short, and what to do. With `stops`, nothing can be relied on until it is done. */
export interface Shortage {
  readonly stops: boolean;
  readonly said: string;
  readonly fix: string;
}

const MIB = 1024 * 1024;

/**
 * PostgreSQL stops when it cannot create the next file of its write-ahead log (16 MiB), and creates one or two ahead.
 * Temporal's file, the git store and the logs grow beside it.
 */
const STOPS_BELOW = { bytes: 64 * MIB, files: 100 };

/**
 * Between two checkpoints PostgreSQL's write-ahead log may grow to 1 GiB (max_wal_size). A result of `setup` may have
 * tens of thousands of files.
 */
const SHORT_BELOW = { bytes: 1024 * MIB, files: 10_000 };

/** Finds out what is short on the disk of a home; null when nothing is, or when it cannot be found out. */
export async function findShortage(home: string): Promise<Shortage | null> {
  const space = await readSpace(home);
  return space === null ? null : decideShortage(home, space);
}

/** What to do about a home on a disk that is mounted read-only, or became so after an error. */
const READ_ONLY_FIX =
  'The disk is read-only (`dmesg` says why, if an error made it so). Make it writable again: open runs then continue with the next command. For new runs elsewhere, set LEADWRIGHT_HOME to a folder that you can write.';

/** As Node and PostgreSQL, and Temporal's SQLite say it. */
const READ_ONLY = /\bEROFS\b|read-?only (file system|database)/i;

/**
 * Adds a short disk to what is said of a part of the stack that does not run: a full disk has no room for the reason in a
 * log. When it says that the disk is read-only, that is what has to be fixed.
 * @param explained what happened, without a full stop, and what to do unless the disk is short or read-only
 */
export async function explainWithDisk(
  home: string,
  explained: { readonly message: string; readonly fix: string },
): Promise<{ readonly message: string; readonly fix: string }> {
  if (READ_ONLY.test(explained.message)) return { ...explained, fix: READ_ONLY_FIX };
  const shortage = await findShortage(home);
  if (shortage === null) return explained;
  return { message: `${explained.message}; ${shortage.said}`, fix: shortage.fix };
}

/** Adds what is wrong with the disk of a home to an error of writing into it, if that is of the disk. */
export async function explainUnwritable(
  home: string,
  error: unknown,
  explained: { readonly message: string; readonly fix: string },
): Promise<{ readonly message: string; readonly fix: string }> {
  const isOfDisk = ['ENOSPC', 'EROFS'].includes(errorCode(error) ?? '');
  return isOfDisk ? explainWithDisk(home, explained) : explained;
}

/** Names the disk of a home behind an error of writing into it. @returns any other error as it is */
export async function explainDiskError(home: string, error: unknown): Promise<unknown> {
  const plain = { message: messageOf(error), fix: '' };
  const { message, fix } = await explainUnwritable(home, error, plain);
  return fix === '' ? error : new EnvironmentError(`${message}.`, fix, { cause: error });
}

/** Decides what is short. Pure. */
export function decideShortage(home: string, { bytes, files }: Space): Shortage | null {
  const isBelow = (limit: typeof SHORT_BELOW) =>
    bytes < limit.bytes || (files !== null && files < limit.files);
  if (!isBelow(SHORT_BELOW)) return null;
  const left = `${Math.floor(bytes / MIB)} MiB${files === null ? '' : ` and ${files} files`}`;
  return {
    stops: isBelow(STOPS_BELOW),
    said: `the disk of LEADWRIGHT_HOME (${home}) has only ${left} left`,
    // `clean` comes last: it needs PostgreSQL, which does not start on a full disk.
    fix: 'Free space there (`df -h`, `df -i`): while nothing runs you may delete its folders cache/setup and outputs, and logs/*.old. With a little space, `leadwright clean RUN` deletes the records of an old run.',
  };
}
