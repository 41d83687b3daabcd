/** Says, while a run is followed, that a service of the user's own is away, and that it is back. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunId } from '../../contract/ids.js';
import { readLastSeq } from '../../db/event-log.js';
import { isUnavailable } from '../../db/transient-errors.js';
import { externalDatabase, hasExternalTemporal } from '../../local-stack/external-services.js';
import type { Environment } from '../../shared/config.js';
import type { Session } from '../session/session.js';

/** One that restarts is back sooner. */
const SILENT_MS = 5_000;

/** One that answers does so within milliseconds, or a second far away. */
const ANSWER_MS = 5_000;

/** What is to be said of one service: once that it is away, and once that it is back. */
export class Outage {
  #since: number | null = null;
  #isSaid = false;

  constructor(
    private readonly service: string,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @returns what to say now; null for nothing */
  note(answers: boolean): string | null {
    if (answers) {
      const wasSaid = this.#isSaid;
      this.#since = null;
      this.#isSaid = false;
      return wasSaid ? `${this.service} answers again. Going on.` : null;
    }
    this.#since ??= this.clock();
    if (this.#isSaid || this.clock() - this.#since < SILENT_MS) return null;
    this.#isSaid = true;
    return `${this.service} does not answer. Waiting for it…`;
  }
}

/**
 * Creates a check of the services that a command did not start, to be repeated. The host of an embedded service starts it
 * again, and says when it cannot.
 * @returns a function that resolves to what to say
 */
export function watchServices(
  session: Pick<Session, 'db' | 'temporal'>,
  env: Environment,
  id: RunId,
): () => Promise<readonly string[]> {
  const services = [
    ...(externalDatabase(env) === undefined
      ? []
      : [{ outage: new Outage('PostgreSQL (DATABASE_URL)'), ask: () => readLastSeq(session.db.pool, id) }]),
    ...(hasExternalTemporal(env)
      ? [{ outage: new Outage('Temporal (TEMPORAL_ADDRESS)'), ask: () => askTemporal(session) }]
      : []),
  ];
  return async () => {
    const said = services.map(async ({ outage, ask }) => outage.note(await hasAnswer(ask)));
    return (await Promise.all(said)).filter((text) => text !== null);
  };
}

async function askTemporal(session: Pick<Session, 'temporal'>): Promise<void> {
  const { connection, workflowService } = await session.temporal();
  await connection.withDeadline(Date.now() + ANSWER_MS, () => workflowService.getSystemInfo({}));
}

/** Whether a service answers, if only with a refusal. */
async function hasAnswer(ask: () => Promise<unknown>): Promise<boolean> {
  const answered = ask().then(
    () => true,
    (error: unknown) => !isUnavailable(error),
  );
  return Promise.race([answered, delay(ANSWER_MS, false, { ref: false })]);
}
