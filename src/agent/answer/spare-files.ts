/** Files that take up disk space ahead of time, so that something small can still be written when the disk is full. */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../shared/files/write-whole.js';

export interface SpareSpace {
  /** How many texts can be written. */
  readonly files: number;
  /** The longest of them. */
  readonly bytes: number;
}

/** JSON may end with any number of these, so a text that is shorter than its file is whole nevertheless. */
const FILLER = ' ';

/** The name of a complete file, without the folder. */
const nameOf = (number: number): string => `spare-${number}`;
const NAME = /^spare-\d+$/;

export class SpareFiles {
  private running: Promise<void> = Promise.resolve();
  /** What begins after that, for everyone who has asked meanwhile. */
  private next: Promise<void> | null = null;

  /** @param folder is created, and may be shared with other processes */
  constructor(
    private readonly folder: string,
    private readonly space: SpareSpace,
  ) {}

  /** Creates the files that are missing, as far as there is space. It never throws. */
  provide(): Promise<void> {
    this.next ??= this.running.then(() => {
      this.next = null;
      this.running = this.createMissing();
      return this.running;
    });
    return this.next;
  }

  private async createMissing(): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      for (let number = 0; number < this.space.files; number += 1) {
        const file = join(this.folder, nameOf(number));
        // After a power failure, one may have its name and not its content.
        const found = await stat(file).catch(() => null);
        if (found?.size === this.space.bytes) continue;
        await writeWhole(file, FILLER.repeat(this.space.bytes));
      }
    } catch {
      // There are as many as there was space for.
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
    return names.filter((name) => NAME.test(name)).map((name) => join(this.folder, name));
  }
}
