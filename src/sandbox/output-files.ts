/** Full outputs of failed commands, as files. The database holds a summary of each, and at most a million characters. */
import { createHash } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitSha, RunId } from '../contract/ids.js';
import { listNames } from './scratch-folder.js';

/** Identifies an output. A second run of the same command on the same commit replaces the first output. */
export interface OutputKey {
  readonly runId: RunId;
  readonly commit: CommitSha;
  readonly command: string;
}

/** Number of files that are kept, the newest first. A file is usually below a few hundred kilobytes, at most 4 MiB. */
const KEPT_FILES = 500;

export function outputFilePath(folder: string, { runId, commit, command }: OutputKey): string {
  const name = createHash('sha256')
    .update(JSON.stringify([runId, commit, command]))
    .digest('hex');
  return join(folder, `${name.slice(0, 32)}.txt`);
}

/**
 * Writes an output to its file. Write errors, such as a full disk, are ignored: they must not fail a test.
 * @param output already redacted
 */
export async function storeOutput(folder: string, key: OutputKey, output: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(outputFilePath(folder, key), output, { mode: 0o600 });
  } catch {
    // The verdict in the database holds the summary.
  }
}

/** Removes the files of these outputs, as far as they are there. */
export async function removeOutputs(folder: string, keys: readonly OutputKey[]): Promise<void> {
  for (const key of keys) await rm(outputFilePath(folder, key), { force: true });
}

/** Removes all but the newest KEPT_FILES outputs. */
export async function removeOldOutputs(folder: string): Promise<void> {
  const files = await Promise.all(
    (await listNames(folder)).map(async (name) => {
      const path = join(folder, name);
      return { path, at: (await stat(path).catch(() => null))?.mtimeMs ?? 0 };
    }),
  );
  const old = files.sort((a, b) => b.at - a.at).slice(KEPT_FILES);
  for (const { path } of old) await rm(path, { force: true });
}
