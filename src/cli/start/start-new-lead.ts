import { awaitsLead, endLeadRequest, requestLead } from '../../db/lead-requests.js';
import type { RunId } from '../../contract/ids.js';
import type { Session } from '../session/session.js';
import { setTimeout as delay } from 'node:timers/promises';

/** A worker starts a lead within some 50 ms. */
const LOOK_MS = 25;

/** A busy worker needs a few seconds. One of an older version does not know requests. */
const REQUEST_LIMIT_MS = 10_000;

/**
 * Has a worker start the lead of a new run, and waits for it. Temporal's client takes a second to load, and the worker has
 * it. A run that is requested starts even when its command is killed. Safe to repeat.
 */
export async function startNewLead(session: Session, id: RunId): Promise<void> {
  await requestLead(session.db, id);
  const deadline = performance.now() + REQUEST_LIMIT_MS;
  while (await awaitsLead(session.db, id)) {
    if (performance.now() > deadline) return startLeadHere(session, id);
    await delay(LOOK_MS);
  }
}

async function startLeadHere(session: Session, id: RunId): Promise<void> {
  const { startLead } = await import('../../runs/control/lead.js');
  await startLead(session, id, false);
  await endLeadRequest(session.db, id);
}
