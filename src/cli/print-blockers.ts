/** What a person reads of a run, with what it asks of them. */
import { setTimeout as delay } from 'node:timers/promises';
import pc from 'picocolors';
import type { BlockerView, RunView } from '../contract/contract.js';
import { listOpenBlockers } from '../db/blockers.js';
import { readBudget } from '../db/budget.js';
import { countFailedDeliveries, hasFirstDeliveryDue } from '../db/notifications.js';
import type { RunId } from '../contract/ids.js';
import { print } from './output.js';
import { ownTestWarningsOf } from './own-tests-of-run.js';
import type { Session } from './session.js';
import { blockerLines, summaryOf, type OpenBlocker } from './run-summary.js';

/** A telling takes a second or two; one that takes longer goes on in the background. */
const TELLING_MS = 10_000;
const LOOK_AGAIN_MS = 100;

/** A run that came to rest asks somebody: waits for the first try to tell them, so that its outcome can be shown. */
export async function untilTold({ db }: Session, run: RunId): Promise<void> {
  const deadline = performance.now() + TELLING_MS;
  while (performance.now() < deadline && (await hasFirstDeliveryDue(db, run))) await delay(LOOK_AGAIN_MS);
}

/** Prints how a run stands. */
export async function printSummary(session: Session, view: RunView): Promise<void> {
  const [open, budget] = await Promise.all([
    listOpenBlockers(session.db, view.runId),
    readBudget(session.db, view.runId),
  ]);
  for (const line of summaryOf(view, await withTellings(session, open), budget)) print(line);
  for (const text of await ownTestWarningsOf(session.db, view.runId)) print(`  ${pc.yellow('!')} ${text}`);
}

/** Prints open questions. */
export async function printBlockers(session: Session, open: readonly BlockerView[]): Promise<void> {
  for (const line of blockerLines(await withTellings(session, open))) print(line);
}

async function withTellings({ db }: Session, open: readonly BlockerView[]): Promise<OpenBlocker[]> {
  const failed = await countFailedDeliveries(
    db,
    open.map(({ id }) => id),
  );
  return open.map((blocker) => ({ ...blocker, failedTellings: failed.get(blocker.id) ?? 0 }));
}
