/** Prints a run and its open blockers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BlockerView, RunView } from '../../contract/run-view.js';
import { listOpenBlockers } from '../../db/blockers.js';
import { readBudget } from '../../db/budget.js';
import { countFailedDeliveries, hasFirstDeliveryDue } from '../../db/notifications.js';
import type { RunId } from '../../contract/ids.js';
import { MODEL_ACCESS } from '../../db/run-stop.js';
import { readTestWarnings } from '../../db/tests-at-base.js';
import { readUnpricedModels } from '../../db/usage.js';
import { paint, styled } from '../../shared/words/terminal-text.js';
import { plainLine } from '../follow/plain-text.js';
import { print, terminalOf } from './output.js';
import type { Reader } from '../session/session.js';
import { blockerLines, summaryOf, type OpenBlocker } from './run-summary.js';

/** A notification takes a second or two; a command that waited longer than this would seem to hang. */
const NOTIFICATION_MS = 10_000;
/** Too short for a person to notice, and ten cheap queries a second are no load. */
const POLL_MS = 100;

/**
 * Waits until delivery of each open blocker's notification was attempted once, so that a failure can be shown with the
 * blocker. A slower delivery continues in the background.
 */
export async function untilNotified({ db }: Reader, run: RunId): Promise<void> {
  const deadline = performance.now() + NOTIFICATION_MS;
  while (performance.now() < deadline && (await hasFirstDeliveryDue(db, run))) await delay(POLL_MS);
}

/** Prints the state of a run. */
export async function printSummary(reader: Reader, view: RunView): Promise<void> {
  const [open, budget, unpricedModels] = await Promise.all([
    listOpenBlockers(reader.db, view.runId),
    readBudget(reader.db, view.runId),
    readUnpricedModels(reader.db, view.runId),
  ]);
  const blockers = await withFailedNotifications(reader, open);
  for (const line of summaryOf(view, blockers, budget, unpricedModels, columns())) print(line);
  for (const text of await readTestWarnings(reader.db, view.runId))
    print(styled`  ${paint.yellow('!')} ${text}`);
}

/** Prints why a run was stopped, if it was, unless the summary has it as an open blocker. */
export function printStop({ status, stop }: Pick<RunView, 'status' | 'stop'>): void {
  if (stop === undefined) return;
  const isAsked = stop.code === MODEL_ACCESS && status !== 'cancelled';
  if (!isAsked) print(styled`  ${paint.red('✘')} ${plainLine(stop.reason)}`);
}

/** Prints open blockers with the commands that answer them. */
export async function printBlockers(reader: Reader, open: readonly BlockerView[]): Promise<void> {
  for (const line of blockerLines(await withFailedNotifications(reader, open), columns())) print(line);
}

function columns(): number | null {
  return terminalOf('stdout')?.columns ?? null;
}

async function withFailedNotifications({ db }: Reader, open: readonly BlockerView[]): Promise<OpenBlocker[]> {
  const failed = await countFailedDeliveries(
    db,
    open.map(({ id }) => id),
  );
  return open.map((blocker) => ({ ...blocker, failedNotifications: failed.get(blocker.id) ?? 0 }));
}
