/** The interface of all runners. Callers use only this interface, so a new kind of runner needs no change in them. */
import type { Readable, Writable } from 'node:stream';
import { EnvironmentError } from '../../contract/errors.js';
import type { CommitSha } from '../../contract/ids.js';
import type { CommandResult } from '../../results/command-result.js';
import type { Folders } from '../../results/command-folders.js';
import type { ScratchFolder } from '../scratch-folder.js';
import type { TreeSource } from '../tree-source.js';
import type { Bounds } from '../limits/command-watch.js';

/** What a runner contains and what it does not, for `doctor` and for the warning at a run's start. */
export interface Containment {
  readonly kind: 'process-group' | 'sandbox';
  /** One line. */
  readonly summary: string;
  /** What a person must know before using it on a repository; null when there is no warning. */
  readonly warning: string | null;
  /** Details that are not contained or not limited, and how to fix them. */
  readonly gaps: readonly string[];
}

/** Takes the standard input and output of a server that has started, and talks to it from then on. */
export type AttachServer = (streams: {
  readonly input: Writable;
  readonly output: Readable;
  /** The folders of a server that runs on a commit, by all their paths. */
  readonly folders?: readonly Folders[];
}) => void;

/** This kind of runner cannot attach servers: a setting has to be changed, and a retry does not help. */
export class CannotAttachError extends EnvironmentError {
  override readonly name = 'CannotAttachError';
}

export interface RunRequest extends Bounds {
  readonly source: Pick<TreeSource, 'archive'>;
  /** The commit on whose files the command runs. */
  readonly commit: CommitSha;
  /** A set-up layer to mount under the files; null for none. */
  readonly layer: string | null;
  readonly command: string;
  /** The folders of this command. A runner that needs them makes them (`makeScratchFolder`). */
  readonly scratch: ScratchFolder;
  /** The complete environment, created for the folders of `visibleFolders`. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the command may use the network. */
  readonly network: boolean;
  /** Whether tree and home must be in the scratch folder after exit code 0. */
  readonly keep: boolean;
  /** Files that must be in the scratch folder's tree once the command has exited by itself; their paths are valid. */
  readonly keepFiles: readonly string[];
  /**
   * For a command that is a server. It cannot change the commit's files where the runner can mount them read-only, and
   * of its output only stderr is part of the result.
   */
  readonly attach?: AttachServer | undefined;
}

export interface Runner {
  describe(): Containment;
  /** Returns the paths at which a command sees its scratch folders. A sandbox mounts them at other paths. */
  visibleFolders(scratch: ScratchFolder): Folders;
  /** Runs `sh -c command` on a commit's files. When it returns, no process of the command is left. */
  run(request: RunRequest): Promise<CommandResult>;
}
