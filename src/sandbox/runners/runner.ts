/** How commands are contained. Callers know this interface only, so that a stronger runner needs no change. */
import type { CommitSha } from '../../contract/ids.js';
import type { CommandResult } from '../../results/command-result.js';
import type { Folders } from '../../results/command-folders.js';
import type { ScratchFolder } from '../scratch-folder.js';
import type { TreeSource } from '../tree-source.js';
import type { Bounds } from '../limits/watch.js';

/** What a runner keeps in and what it cannot, for `doctor` and for the warning at a run's start. */
export interface Containment {
  readonly kind: 'process-group' | 'sandbox';
  /** One line. */
  readonly summary: string;
  /** What a person must know before trusting it with a repository; null when there is nothing. */
  readonly warning: string | null;
  /** What is not contained or not limited, each with the fix, for whoever looks closely. */
  readonly gaps: readonly string[];
}

export interface RunRequest extends Bounds {
  readonly source: Pick<TreeSource, 'archive'>;
  /** Whose files the command runs on. */
  readonly commit: CommitSha;
  /** A set-up's result, laid under the files; null for none. */
  readonly layer: string | null;
  readonly command: string;
  /** The folders of this command. Only a kept result is sure to be in them. */
  readonly scratch: ScratchFolder;
  /** Made for the folders that `inside` gives. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it may reach the network. */
  readonly network: boolean;
  /** Whether tree and home are to be in the place when it ends with exit code 0. */
  readonly keep: boolean;
}

export interface Runner {
  describe(): Containment;
  /** A place's folders as a command sees them: a sandbox shows them under other paths. */
  visibleFolders(scratch: ScratchFolder): Folders;
  /** Runs `sh -c command` on a commit's files; when it returns, nothing that was started is left. */
  run(request: RunRequest): Promise<CommandResult>;
}
