/** The record, compared with itself, the git store, the users' repositories, Temporal and the disk. */
import { setTimeout as delay } from 'node:timers/promises';
import { NotRepaired, type Difference, type Repaired, type RepairContext } from './difference.js';
import { compareTips } from './compare-tips.js';
import { compareSignals } from './missed-signals.js';
import { compareFolders } from './compare-folders.js';
import { compareLedger } from './compare-ledger.js';
import { compareQuestions } from './compare-questions.js';
import { compareWork } from './compare-work.js';
import { compareWorkflows } from './compare-workflows.js';

/** One comparison. */
export interface RepairCheck {
  readonly compare: (context: RepairContext) => Promise<Difference[]>;
  /** After how long it has to find the same again; null where what it reads is all of one moment. */
  readonly confirmAfterMs: number | null;
}

/**
 * A landing is recorded, then published: one after the other within a second, on a busy machine within two. Runs
 * that go on while they are looked at differ in that way all the time.
 */
const LANDS_MS = 2_000;

/** A lead that has said its last word needs a second or two to end; on a busy machine, some more. */
const ENDS_MS = 5_000;

/** A command that has recorded an answer reaches the lead within a second, on a busy machine within some more. */
const HEARS_MS = 5_000;

/**
 * In this order: what a lead reads when it is started again is whole by then. Each look comes after the mends of
 * those before it, which may have changed what it finds.
 */
const LOOKS: readonly RepairCheck[] = [
  { compare: ({ db }) => compareLedger(db), confirmAfterMs: null },
  { compare: compareTips, confirmAfterMs: LANDS_MS },
  { compare: compareWork, confirmAfterMs: LANDS_MS },
  { compare: compareQuestions, confirmAfterMs: null },
  { compare: compareWorkflows, confirmAfterMs: ENDS_MS },
  { compare: compareSignals, confirmAfterMs: HEARS_MS },
  { compare: ({ paths }) => compareFolders(paths), confirmAfterMs: null },
];

/** Finds what differs and, when it is told to, mends what can be mended. Done again, it finds nothing of that. */
export async function repair(
  context: RepairContext,
  fix: boolean,
  looks: readonly RepairCheck[] = LOOKS,
): Promise<Repaired[]> {
  const all: Repaired[] = [];
  for (const look of looks) {
    for (const difference of await lasting(context, look)) {
      all.push(fix ? await mended(difference) : { difference, done: null });
    }
  }
  return all;
}

/** What a look finds, and finds again: the rest was under way. */
async function lasting(
  context: RepairContext,
  { compare, confirmAfterMs }: RepairCheck,
): Promise<readonly Difference[]> {
  const first = await compare(context);
  if (first.length === 0 || confirmAfterMs === null) return first;
  await delay(confirmAfterMs);
  const before = new Set(first.map(({ description }) => description));
  return (await compare(context)).filter(({ description }) => before.has(description));
}

async function mended(difference: Difference): Promise<Repaired> {
  if (difference.kind === 'lost') return { difference, done: null };
  try {
    return { difference, done: await difference.apply() };
  } catch (error) {
    if (!(error instanceof NotRepaired)) throw error;
    const { run, description } = difference;
    return { difference: { run, description, kind: 'lost', advice: error.advice }, done: null };
  }
}
