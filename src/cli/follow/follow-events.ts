import { ephemeralSchema, eventSchema } from '../../contract/contract.js';
import type { LeadwrightEvent } from '../../contract/contract.js';
import type { StoredEvent } from '../../db/event-log.js';
import { EnvironmentError, UsageError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { backOffMs } from '../../shared/back-off.js';
import { pause } from '../../shared/pause.js';
import { Refused } from '../../shared/websocket.js';
import { isAtRest } from '../../contract/run-status.js';
import { messagesOf } from './event-connection.js';

export interface FollowOptions {
  /**
   * The notifier's base URL as it is now: asked before every connection, for a stack that was started again
   * may have another port. When it rejects with a UsageError or an EnvironmentError following ends with that;
   * anything else is tried again.
   */
  readonly locate: () => Promise<string>;
  readonly token: string;
  readonly runId: RunId;
  /** The seq of the last event that is known; 0 for all of them. */
  readonly after: number;
  /** The seq of the run's newest event when the following starts: a rest before it may be over already. */
  readonly newest: number;
  readonly record: RunRecord;
  /** Aborting it ends the following, without an error. */
  readonly signal: AbortSignal;
  /** How often the record is asked while nothing else says that the run is at rest; shorter in tests. */
  readonly pollMs?: number;
}

/**
 * The record of one run. It decides when following ends, since whatever else could tell (a notifier, its address,
 * a connection) can be lost. Both functions throw only what trying again does not fix.
 */
export interface RunRecord {
  /** The seq of the newest event of a run that is at rest; null when it is not, or when the record is away. */
  readRestingSeq(): Promise<number | null>;
  /** The next events after `after`, in order; none when the record is away. */
  readEvents(after: number): Promise<readonly StoredEvent[]>;
}

/** The longest that a command waits for an end that it was not told of: a person notices, and a query costs nothing. */
const ASK_MS = 5_000;

/**
 * A run's events after `after`, each once and in order, until the run is at rest, however often the connection or
 * the notifier breaks meanwhile. The record is asked before each connection and every few seconds; when it says that
 * the run is at rest, the remaining events are read from there. Throws an EnvironmentError when the token is refused,
 * a UsageError when there is no such run.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<LeadwrightEvent, void> {
  const { token, runId, record, signal } = options;
  let last = options.after;
  let resting = false;
  for (let failures = 0; !signal.aborted; failures += 1) {
    if (failures > 0) await pause(backOffMs(failures - 1), signal);
    const end = await record.readRestingSeq();
    if (end !== null) {
      for (let page = await record.readEvents(last); page.length > 0; page = await record.readEvents(last)) {
        for (const stored of page) {
          last = stored.seq;
          yield parseEvent(stored);
        }
      }
      if (last >= end) return;
      continue;
    }
    const watch = pollRecord(record, signal, options.pollMs ?? ASK_MS);
    try {
      const url = await options.locate();
      for await (const text of messagesOf({ url, token, runId, after: last, signal: watch.signal })) {
        const event = parseNextEvent(text, last);
        if (event === null) continue;
        failures = 0;
        last = event.seq;
        yield event;
        if (event.type === 'run.status') resting = isAtRest(event.data.status);
        if (resting && last >= options.newest) return;
      }
    } catch (error) {
      throwIfFinal(error, runId);
    } finally {
      watch.stop();
    }
  }
}

interface RecordWatch {
  /** Aborted with the follower's own signal, and once the record says that the run is at rest. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** A connection may be open and say nothing; the record is asked beside it. */
function pollRecord(record: RunRecord, signal: AbortSignal, askMs: number): RecordWatch {
  const rest = new AbortController();
  let asking = false;
  const ask = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      if ((await record.readRestingSeq()) !== null) rest.abort();
    } catch {
      // The follower asks again before its next connection, and throws it.
      rest.abort();
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void ask(), askMs);
  return {
    signal: AbortSignal.any([signal, rest.signal]),
    stop: () => {
      clearInterval(timer);
    },
  };
}

/**
 * The event in a message; null when it is no part of the log, or known already. Throws an Error for one that
 * comes too early, which connecting again mends, and an EnvironmentError for what is no event at all.
 */
function parseNextEvent(text: string, last: number): LeadwrightEvent | null {
  const message = parseJson(text);
  if (ephemeralSchema.safeParse(message).success) return null;
  const event = parseEvent(message);
  if (event.seq > last + 1) throw new Error(`event ${event.seq} came after ${last}`);
  return event.seq <= last ? null : event;
}

function parseEvent(message: unknown): LeadwrightEvent {
  const parsed = eventSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new EnvironmentError(
    'The notifier sent something that this version does not understand',
    'Use the same version of Leadwright here and for `leadwright up`.',
    { cause: parsed.error },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function throwIfFinal(error: unknown, runId: RunId): void {
  if (error instanceof EnvironmentError || error instanceof UsageError) throw error;
  if (!(error instanceof Refused)) return;
  switch (error.status) {
    case 401:
      throw new EnvironmentError(
        'The notifier refused the token',
        'Set LEADWRIGHT_TOKEN to what it was when `leadwright up` was started, or unset it in both.',
      );
    case 403:
      throw new EnvironmentError(
        'The notifier refused this address',
        'Reach it by the name or address that LEADWRIGHT_LISTEN says.',
      );
    case 404:
      throw new UsageError(`There is no run ${runId}`);
    default:
      // It is starting or ending, or its database is away.
      return;
  }
}
