/** What earlier commits of the user's repository changed. */
import type { CommitSha } from '../../contract/ids.js';
import { startGit } from '../process/git-process.js';
import { pathText } from '../objects/path-bytes.js';
import { nulRecords } from '../objects/tree-reader.js';

/** A commit that is no merge. */
export interface PastCommit {
  readonly message: string;
  /** The paths that it changed. Of a moved file both. */
  readonly paths: readonly string[];
}

/** Commits that are read: older ones say little about today's code. 2,000 take git 0.2 to 1 s. */
const MAX_COMMITS = 2_000;

/**
 * Files of one commit. One that changes more (a formatter, a move of everything) says nothing about what belongs
 * together.
 */
const MAX_PATHS = 40;

/** Characters of a message: its beginning says what was changed. */
const MAX_MESSAGE = 1_000;

/** Milliseconds. A repository of a million files takes this long, and an agent can do without the oldest commits. */
const LOG_MS = 5_000;

/** Bytes. 2,000 ordinary commits print half a megabyte; forged ones may print gigabytes. */
const MAX_BYTES = 32 * 1024 * 1024;

/** An empty record begins a commit, since no path is empty. The letter keeps an empty message apart. */
const FORMAT = '%x00m%B';

export interface ChangeLog {
  readonly commits: PastCommit[];
  /** Whether git printed all of it. */
  readonly isComplete: boolean;
}

/**
 * Reads the newest ancestors of a commit, itself included, the newest first. A shallow or partial clone gives as much
 * as it has.
 * @param gitDir a borrowed folder
 */
export async function readChangeLog(gitDir: string, commit: CommitSha): Promise<ChangeLog> {
  const log = startGit({
    gitDir,
    args: [
      ...['log', '-z', '--no-merges', '--name-only', '--no-renames', '--no-notes'],
      ...['--encoding=UTF-8', `--format=${FORMAT}`, `--max-count=${MAX_COMMITS}`, commit],
    ],
    timeLimitMs: LOG_MS,
  });
  log.stdin.end();
  const chunks: Buffer[] = [];
  let bytes = 0;
  log.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) log.kill();
  });
  // It fails at the first missing object, and is stopped when it takes too long. What it printed before is good.
  const isComplete = await log.ended.then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
  return { commits: parseChangeLog(Buffer.concat(chunks)), isComplete };
}

/** Parses the output of `git log -z --name-only` with FORMAT. Pure. */
export function parseChangeLog(output: Buffer): PastCommit[] {
  const commits: PastCommit[] = [];
  let message: string | null = null;
  let paths: string[] = [];
  const close = () => {
    if (message !== null && paths.length > 0 && paths.length <= MAX_PATHS)
      commits.push({ message: message.slice(0, MAX_MESSAGE), paths });
    message = null;
    paths = [];
  };
  for (const record of nulRecords(output)) {
    if (record.length === 0) close();
    else if (message === null) message = record.toString('utf8', 1);
    // git prints a line break between the message and the first path.
    else paths.push(pathText(paths.length === 0 ? record.subarray(1) : record));
  }
  close();
  return commits;
}
