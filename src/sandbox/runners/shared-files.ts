/**
 * The files from which all sandboxes of this process are set up. A command's own set-up writes nothing to the disk: on a disk,
 * to create and remove a dozen of files for each command takes more processor time than everything else in its set-up.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { makeProcessFolder } from '../../shared/process/process-folder.js';
import { isComplete, readEtcState, writeEtc } from './etc-files.js';

/**
 * The files of /etc are copied anew after this time. Clean-up programs remove files that are ten days old, or the folders of other
 * machines that are a day old, and a command that runs at that moment would miss them.
 */
const FRESH_MS = 12 * 60 * 60 * 1000;

/** The files are in a folder of this process, which is made anew when a clean-up program has removed it. */
export class SharedFiles {
  #folder: string | null = null;
  /** How often the files of /etc were found incomplete. */
  #incomplete = 0;

  constructor(private readonly makeFolder = () => makeProcessFolder('sandbox')) {}

  /** An empty folder: each sandbox mounts its own file system on it, in its own namespace. */
  stage(): string {
    return this.#provide('stage', (path) => mkdirSync(path));
  }

  /**
   * The files of /etc as they are on the machine now, and the machine's folders to mount in it.
   * @param toolChains of which some may be mounted below /etc
   */
  etc(toolChains: readonly string[]): { readonly path: string; readonly folders: readonly string[] } {
    const state = readEtcState(toolChains);
    const folders = state.folders.map((name) => join('/etc', name));
    const provide = () => {
      const name = `etc-${digest(state.version)}-${Math.floor(Date.now() / FRESH_MS)}-${this.#incomplete}`;
      return this.#provide(name, (path) => writeEtc(path, state));
    };
    const path = provide();
    if (isComplete(path, state)) return { path, folders };
    // Clean-up programs remove old files one by one. Sandboxes that run have this folder mounted.
    this.#incomplete += 1;
    return { path: provide(), folders };
  }

  /** A file with this content. */
  file(content: string | Buffer): string {
    return this.#provide(`file-${digest(content)}`, (path) => writeFileSync(path, content, { mode: 0o600 }));
  }

  /** @throws EnvironmentError when it cannot be written */
  #provide(name: string, write: (path: string) => void): string {
    try {
      if (this.#folder === null || !existsSync(this.#folder)) this.#folder = this.makeFolder();
      const path = join(this.#folder, name);
      if (existsSync(path)) return path;
      // A half written one is never used.
      const part = `${path}.part`;
      rmSync(part, { recursive: true, force: true });
      write(part);
      renameSync(part, path);
      return path;
    } catch (error) {
      throw new EnvironmentError(
        `Could not set up the sandbox: ${messageOf(error)}`,
        'Free space on that disk (`df -h`, `df -i`), and try again.',
        { cause: error },
      );
    }
  }
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
