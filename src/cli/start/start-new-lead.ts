import { setTimeout as delay } from 'node:timers/promises';
import { awaitsLead, endLeadRequest, requestLead } from '../../db/lead-requests.js';
import type { RunId } from '../../contract/ids.js';
import type { Session } from '../session/session.js';

/** A worker starts a lead within some 50 ms. */
const LOOK_MS = 25;

/** A busy worker needs a few seconds. One of an older version knows no requests. */
const REQUEST_LIMIT_MS = 10_000;

/**
 * Has a worker start the lead of a new run, and waits for it. The worker has Temporal's client, which takes a command half a
 * second of processor time to load. A run that is requested starts even when its command is killed. Safe to repeat.
 * @param signal ends the wait: the run starts all the same
 */
export async function startNewLead(
  session: Pick<Session, 'db' | 'temporal'>,
  id: RunId,
  signal: AbortSignal,
  limitMs = REQUEST_LIMIT_MS,
): Promise<void> {
  await requestLead(session.db, id);
  const deadline = performance.now() + limitMs;
  while (!signal.aborted && (await awaitsLead(session.db, id))) {
    if (performance.now() > deadline) return startLeadHere(session, id);
    await delay(LOOK_MS);
  }
}

async function startLeadHere(session: Pick<Session, 'db' | 'temporal'>, id: RunId): Promise<void> {
  const { startLead } = await import('../../runs/control/lead.js');
  await startLead(session, id, false);
  await endLeadRequest(session.db, id);
}
