/** The folders that `checkout` has written: `answer --commit` finds a commit that a person made in one of them. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runIdSchema, taskIdSchema } from '../../contract/value-schemas.js';
import type { RunId } from '../../contract/ids.js';
import { exists } from '../../shared/files/exists.js';
import type { HomePaths } from '../../shared/config.js';

const checkoutSchema = z.object({ folder: z.string(), runId: runIdSchema, taskId: taskIdSchema });
export type Checkout = z.infer<typeof checkoutSchema>;

type Paths = Pick<HomePaths, 'checkouts'>;

/** Remembers a checkout. */
export async function recordCheckout({ checkouts }: Paths, checkout: Checkout): Promise<void> {
  await mkdir(checkouts, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(checkout.folder).digest('hex').slice(0, 16);
  await writeFile(join(checkouts, `${name}.json`), `${JSON.stringify(checkout)}\n`, { mode: 0o600 });
}

/** The checkouts of a run whose folders are still there. */
export async function listCheckouts({ checkouts }: Paths, runId: RunId): Promise<Checkout[]> {
  const found: Checkout[] = [];
  for await (const { file, checkout } of recordsOf(checkouts, runId)) {
    if (await exists(join(checkout.folder, '.git'))) found.push(checkout);
    else await rm(file, { force: true });
  }
  return found;
}

/** Forgets the checkouts of a run. Their folders are the user's and stay. */
export async function forgetCheckouts({ checkouts }: Paths, runId: RunId): Promise<void> {
  for await (const { file } of recordsOf(checkouts, runId)) await rm(file, { force: true });
}

/** The records of a run's checkouts, each with its file. */
async function* recordsOf(folder: string, runId: RunId) {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name);
    const checkout = await readCheckout(file);
    if (checkout?.runId === runId) yield { file, checkout };
  }
}

/** @returns null for a file that is none, or that a killed process left unfinished */
async function readCheckout(file: string): Promise<Checkout | null> {
  try {
    return checkoutSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}
