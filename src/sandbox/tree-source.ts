import type { Readable } from 'node:stream';
import type { CommitSha } from '../contract/ids.js';

/** A tar archive of a commit's files, while it is being written. */
export interface Archive {
  /** Read it at once: when the writer exits, Node discards data that has no reader. */
  readonly stream: Readable;
  /** Resolves when the archive is complete; rejects with the reason when it is not. */
  readonly completed: Promise<void>;
  /** Stops the writer. Safe to call at any time. */
  cancel(): void;
}

/** The part of the git store that running a command on a commit needs. */
export interface TreeSource {
  /**
   * Archives a commit's files, byte for byte. No git filter or hook runs.
   * @param folder the folder that the files are in, in the archive; none by default
   */
  archive(commit: CommitSha, signal?: AbortSignal, folder?: string): Archive;
  /** Lists the paths of a commit's files. */
  listTree(commit: CommitSha): Promise<readonly { readonly path: string }[]>;
  /** Reads a regular file at a commit; null when there is no regular file at the path. */
  readFile(commit: CommitSha, path: string): Promise<Buffer | null>;
}
