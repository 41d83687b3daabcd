import { setTimeout as delay } from 'node:timers/promises';
import { awaitsLead, requestLeadStart, settleLeadStart } from '../../db/lead-requests.js';
import type { RunId } from '../../contract/ids.js';
import { say } from '../print/output.js';
import type { Session } from '../session/session.js';

/** The time between two reads of the record. A worker starts a lead within some 50 ms. */
const POLL_MS = 25;

/** A worker that needs longer is busy, or does not answer: the command says what it waits for. */
const SILENT_MS = 2_000;

/** A busy worker needs a few seconds. After this time the command starts the lead itself, which may say what is wrong. */
const WORKER_LIMIT_MS = 10_000;

/**
 * Has a worker start the lead of a new run, and waits for it. The worker has Temporal's client, which takes a command half a
 * second of processor time to load. From the request on, the run starts even when its command is killed. Safe to repeat.
 * @param signal ends the wait: the run starts all the same
 * @throws what the command's own attempt has thrown; no worker starts the run then
 */
export async function startByWorker(
  session: Pick<Session, 'db' | 'temporal'>,
  id: RunId,
  signal: AbortSignal,
  limitMs = WORKER_LIMIT_MS,
): Promise<void> {
  const { db } = session;
  await requestLeadStart(db, id);
  const began = performance.now();
  let isSaid = false;
  while (!signal.aborted && (await awaitsLead(db, id))) {
    const elapsed = performance.now() - began;
    if (elapsed > limitMs) return startHere(session, id);
    if (elapsed > SILENT_MS && !isSaid) {
      isSaid = true;
      say(`waiting for a worker to start the run ${id}…`);
    }
    await delay(POLL_MS);
  }
}

async function startHere(session: Pick<Session, 'db' | 'temporal'>, id: RunId): Promise<void> {
  const { startAwaitedLead } = await import('../../runs/control/lead.js');
  try {
    await startAwaitedLead(session, id);
  } catch (error) {
    await settleLeadStart(session.db, id);
    throw error;
  }
}
