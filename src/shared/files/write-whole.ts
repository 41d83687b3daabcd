import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file, which only this user can read, by a rename: no reader sees half of it, also when the process is killed while it
 * writes. When it fails, for example on a full disk, nothing is left.
 * @param flush whether it has to survive a power failure
 */
export async function writeWhole(
  path: string,
  content: string,
  { flush = false }: { readonly flush?: boolean } = {},
): Promise<void> {
  const draft = `${path}.${randomUUID()}.draft`;
  try {
    await writeFile(draft, content, { flag: 'wx', mode: 0o600, flush });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}
