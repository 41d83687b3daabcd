/** Files that take up disk space ahead of time, so that something small can still be written when the disk is full. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SpareSpace {
  /** How many texts can be written. */
  readonly files: number;
  /** The longest of them. */
  readonly bytes: number;
}

/** JSON may end with any number of these, so a text that is shorter than its file is whole nevertheless. */
const FILLER = ' ';

/** The beginning of the name of a complete file. */
const NAME = 'spare-';

export class SpareFiles {
  /** The calls of `provide` so far, one after the other. */
  private providing: Promise<void> = Promise.resolve();

  /** @param folder is created, and may be shared with other processes */
  constructor(
    private readonly folder: string,
    private readonly space: SpareSpace,
  ) {}

  /** Creates the files that are missing, as far as there is space. It never throws. */
  provide(): Promise<void> {
    return (this.providing = this.providing.then(() => this.createMissing()));
  }

  private async createMissing(): Promise<void> {
    // Of this call alone: another process may create the same file.
    const draft = join(this.folder, `draft-${randomUUID()}`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      for (let number = 0; number < this.space.files; number += 1) {
        const file = join(this.folder, `${NAME}${number}`);
        // After a power failure, one may have its name and not its content.
        const found = await stat(file).catch(() => null);
        if (found?.size === this.space.bytes) continue;
        await writeFile(draft, FILLER.repeat(this.space.bytes), { flag: 'wx', mode: 0o600 });
        await rename(draft, file);
      }
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  /**
   * Writes a JSON text to a path in the same file system, over the content of a spare file. That takes no space, unless the file
   * system writes every change to another place (Btrfs, ZFS): there, the file is removed instead. The path has the whole text or
   * does not exist.
   * @returns whether it was written: false when it is too long, when no file is left, or when one was removed
   */
  async write(text: string, path: string): Promise<boolean> {
    if (Buffer.byteLength(text) > this.space.bytes) return false;
    const draft = `${path}.draft`;
    try {
      if (!(await this.take(draft))) return false;
      const file = await open(draft, 'r+');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      return true;
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
      return false;
    }
  }

  /** Moves one of the files to a path. @returns false when none is left */
  private async take(path: string): Promise<boolean> {
    for (const file of await this.files()) {
      // Another process may have taken it just now.
      const isTaken = await rename(file, path).then(
        () => true,
        () => false,
      );
      if (isTaken) return true;
    }
    return false;
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.filter((name) => name.startsWith(NAME)).map((name) => join(this.folder, name));
  }
}
