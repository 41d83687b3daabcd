/** A small file system of its own, for tests of full and read-only disks. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the list of mounts names as the source of these disks. */
export const DISK_SOURCE = 'leadwright-test';

export interface SmallDisk {
  readonly path: string;
  /** Uses up all space but so many bytes. */
  fill(left?: number): void;
  /** Frees the space again. */
  empty(): void;
  /** Uses up all inodes but some, so that no more files and folders than these can be created. */
  useUpInodes(left?: number): void;
  makeReadOnly(): void;
}

/**
 * Mounts a tmpfs for each test of a `describe`. Skips the tests where this user may not mount one: only root may.
 * @param options of mount(8), such as `size=4m`
 */
export function useSmallDisk(options: string): () => SmallDisk {
  let disk: SmallDisk | null = null;
  beforeEach(function () {
    disk = mountSmallDisk(options);
    if (disk === null) this.skip();
  });
  afterEach(() => {
    if (disk === null) return;
    // Lazily, because a process that a failed test left may still use it.
    spawnSync('umount', ['-l', disk.path]);
    rmSync(disk.path, { recursive: true, force: true });
  });
  return () => disk ?? assert.fail('the disk exists in tests only');
}

function mountSmallDisk(options: string): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'leadwright-disk-'));
  const mount = (...args: readonly string[]) => spawnSync('mount', [...args, path], { encoding: 'utf8' });
  if (mount('-t', 'tmpfs', '-o', `mode=0700,${options}`, DISK_SOURCE).status !== 0) {
    rmSync(path, { recursive: true });
    return null;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill: (left = 0) => {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, Buffer.alloc(bavail * bsize - left));
    },
    empty: () => rmSync(filler),
    useUpInodes: (left = 0) => {
      const { ffree } = statfsSync(path);
      for (let number = 0; number < ffree - left; number += 1) writeFileSync(`${filler}-${number}`, '');
    },
    makeReadOnly: () => assert.equal(mount('-o', 'remount,ro').status, 0),
  };
}
