import type { Readable } from 'node:stream';
import type { CommitSha } from '../contract/ids.js';

/** A commit's files on their way: a tar archive that is being written. */
export interface Archive {
  /** To be read at once: Node drops what nobody has asked for when the writer ends. */
  readonly stream: Readable;
  /** Settles when the archive is whole, and rejects with why it is not. */
  readonly completed: Promise<void>;
  /** Ends the writer. Safe to call at any time. */
  cancel(): void;
}

/** What running a command on a commit needs of the git store. */
export interface TreeSource {
  /** A commit's files, byte for byte; no filter or hook is run for it. */
  archive(commit: CommitSha, signal?: AbortSignal): Archive;
  /** The paths of a commit's files. */
  listTree(commit: CommitSha): Promise<readonly { readonly path: string }[]>;
  /** The content of a regular file at a commit; null when the path names anything else, or nothing. */
  readFile(commit: CommitSha, path: string): Promise<Buffer | null>;
}
