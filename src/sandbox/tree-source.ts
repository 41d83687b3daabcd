import type { CommitSha } from '../ids.js';

/** What running a command on a commit needs of the git store. */
export interface TreeSource {
  /** Writes a commit's files into an existing, empty folder, byte for byte, running no filter or hook. */
  materialise(commit: CommitSha, folder: string, signal?: AbortSignal): Promise<void>;
  /** The content of a regular file at a commit; null when the path names anything else, or nothing. */
  readFile(commit: CommitSha, path: string): Promise<Buffer | null>;
}
