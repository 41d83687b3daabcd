/** Compares the record with itself, the git store, the users' repositories, Temporal and the disk, and repairs it. */
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { isUnavailable } from '../../db/transient-errors.js';
import { GitError } from '../../git/process/git-errors.js';
import { howToReplace, type StoreDamage } from '../../git/store/damage.js';
import type { GitStore } from '../../git/store/git-store.js';
import { NotRepaired, type Difference, type Repaired, type RepairContext } from './difference.js';
import { compareTips } from './compare-tips.js';
import { compareSignals } from './missed-signals.js';
import { compareFolders } from './compare-folders.js';
import { compareLedger } from './compare-ledger.js';
import { compareQuestions } from './compare-questions.js';
import { compareWork } from './compare-work.js';
import { compareWorkflows } from './compare-workflows.js';

/** A comparison. */
export interface RepairCheck {
  readonly compare: (context: RepairContext) => Promise<Difference[]>;
  /**
   * After this time a difference must still be there to count; null when the comparison reads one consistent
   * snapshot.
   */
  readonly confirmAfterMs: number | null;
}

/**
 * A landing is recorded first and published within a second, on a busy machine within two. Running runs differ in that
 * way all the time.
 */
const LANDING_MS = 2_000;

/** A lead ends a second or two after its last report, on a busy machine a little later. */
const LEAD_END_MS = 5_000;

/** A command signals the lead within a second after it has recorded an answer, on a busy machine a little later. */
const SIGNAL_MS = 5_000;

/**
 * The comparisons in order. A lead is started again only after the record that it reads was repaired. Each comparison
 * runs after the repairs of the earlier ones.
 */
const CHECKS: readonly RepairCheck[] = [
  { compare: ({ db }) => compareLedger(db), confirmAfterMs: null },
  { compare: compareTips, confirmAfterMs: LANDING_MS },
  { compare: compareWork, confirmAfterMs: LANDING_MS },
  { compare: compareQuestions, confirmAfterMs: null },
  { compare: compareWorkflows, confirmAfterMs: LEAD_END_MS },
  { compare: compareSignals, confirmAfterMs: SIGNAL_MS },
  { compare: ({ paths }) => compareFolders(paths), confirmAfterMs: null },
];

/**
 * Finds the differences and, with `fix`, repairs those that can be repaired.
 * @throws EnvironmentError when the git store is damaged
 */
export async function repair(
  context: RepairContext,
  fix: boolean,
  checks: readonly RepairCheck[] = CHECKS,
): Promise<Repaired[]> {
  const all: Repaired[] = [];
  const findDamage = damageOf(context.store);
  for (const check of checks) {
    for (const difference of await namingDamage(findDamage, () => findLasting(context, check))) {
      all.push(fix ? await repairDifference(findDamage, difference) : { difference, done: null });
    }
  }
  return all;
}

/** The git store is damaged. It has to be replaced before anything can be compared or repaired. */
class DamagedStoreError extends EnvironmentError {
  override readonly name = 'DamagedStoreError';
}

type FindDamage = () => Promise<StoreDamage | null>;

/**
 * Looks for damage once, because that takes minutes for a large store, and many branches may be locked. A search that fails
 * says nothing: the failure for which it was begun is the one that a person has to know.
 */
function damageOf(store: GitStore): FindDamage {
  let found: Promise<StoreDamage | null> | null = null;
  return () => (found ??= store.findDamage().catch(() => null));
}

/** @throws DamagedStoreError when `work` fails because files of the git store are damaged */
async function namingDamage<T>(findDamage: FindDamage, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const damage = isOfGit(error) ? await findDamage() : null;
    if (damage === null) throw error;
    throw new DamagedStoreError(`The git store is damaged: ${damage.what}`, howToReplace(damage.folder), {
      cause: error,
    });
  }
}

/** Whether git failed, in the store or in a repository. */
function isOfGit(error: unknown): boolean {
  return error instanceof GitError || (error instanceof Error && error.cause instanceof GitError);
}

/** Finds the differences that last. Others were work in progress. */
async function findLasting(
  context: RepairContext,
  { compare, confirmAfterMs }: RepairCheck,
): Promise<readonly Difference[]> {
  const first = await compare(context);
  if (first.length === 0 || confirmAfterMs === null) return first;
  await delay(confirmAfterMs);
  const before = new Set(first.map(({ description }) => description));
  return (await compare(context)).filter(({ description }) => before.has(description));
}

async function repairDifference(findDamage: FindDamage, difference: Difference): Promise<Repaired> {
  if (difference.kind === 'lost') return { difference, done: null };
  try {
    return { difference, done: await namingDamage(findDamage, difference.apply) };
  } catch (error) {
    // Without the database, Temporal or the store nothing can be repaired. Any other error, as of one repository, leaves the rest.
    if (isUnavailable(error) || error instanceof DamagedStoreError) throw error;
    const { run, description } = difference;
    return { difference: { run, description, kind: 'lost', advice: adviceOn(error) }, done: null };
  }
}

function adviceOn(error: unknown): string {
  if (error instanceof NotRepaired) return error.advice;
  const fix = error instanceof EnvironmentError ? `${error.fix} Then run` : 'Run';
  return `It was not repaired: ${messageOf(error).replace(/\.$/, '')}. ${fix} the repair again.`;
}
