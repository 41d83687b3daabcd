/** Outputs of red commands, whole as far as they were kept: the record holds only what tells why. */
import { createHash } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitSha, RunId } from '../contract/ids.js';
import { listNames } from './scratch-folder.js';

/** What was run on what; done again, its output takes the place of the one before. */
export interface OutputKey {
  readonly runId: RunId;
  readonly commit: CommitSha;
  readonly command: string;
}

/** Of the newest so many files, a few hundred kilobytes each at most times and four megabytes at worst. */
const KEPT_FILES = 500;

export function outputFilePath(folder: string, { runId, commit, command }: OutputKey): string {
  const name = createHash('sha256')
    .update(JSON.stringify([runId, commit, command]))
    .digest('hex');
  return join(folder, `${name.slice(0, 32)}.txt`);
}

/** Keeps an output in which no secret is left. A disk that is full keeps none, and fails no test. */
export async function storeOutput(folder: string, key: OutputKey, output: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(outputFilePath(folder, key), output, { mode: 0o600 });
  } catch {
    // The verdict holds what matters.
  }
}

/** Removes all but the newest. */
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
