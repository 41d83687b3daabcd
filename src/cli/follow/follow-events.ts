import { ephemeralSchema, eventSchema, type LeadwrightEvent } from '../../contract/events.js';
import type { StoredEvent } from '../../db/event-log.js';
import { EnvironmentError, UsageError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { backOffMs } from '../../shared/async/back-off.js';
import { sleepUntilAborted } from '../../shared/async/sleep.js';
import { ConnectionRefused, type NotifierAddress } from '../../shared/network/websocket.js';
import { isAtRest } from '../../contract/run-status.js';
import { messagesOf } from './event-connection.js';

export interface FollowOptions {
  /**
   * Returns the notifier's current address. Called before each connection, because a restarted one may have another
   * port. A UsageError or EnvironmentError ends the following; any other error is retried.
   */
  readonly locate: () => Promise<NotifierAddress>;
  readonly token: string;
  readonly runId: RunId;
  /** The seq of the last known event; 0 to follow from the beginning. */
  readonly after: number;
  /** The seq of the run's newest event at the start. A resting status in an older event may no longer hold. */
  readonly newest: number;
  readonly record: FollowedRecord;
  /** Ends the following without an error. */
  readonly signal: AbortSignal;
  /** Milliseconds between two polls of the record; shorter in tests. */
  readonly pollMs?: number;
}

/**
 * The database record of one run. It decides when following ends, because every other source (the notifier, its address,
 * a connection) can be lost. Both functions throw only errors that a retry does not fix.
 */
export interface FollowedRecord {
  /** The seq of the newest event if the run is at rest; null if it is not, or if the record is unavailable. */
  readRestingSeq(): Promise<number | null>;
  /** The next events after `after`, in order; empty when the record is unavailable. */
  readEvents(after: number): Promise<readonly StoredEvent[]>;
}

/** The longest delay when the event of a run's end is lost. A longer one would annoy a person; a poll is one cheap query. */
const POLL_MS = 5_000;

/**
 * Yields a run's events after `after`, each once and in order, until the run is at rest. Reconnects whenever the
 * connection or the notifier fails. The record is polled before each connection and every few seconds; once the run is
 * at rest, the remaining events are read from the record.
 * @throws EnvironmentError when the token is refused
 * @throws UsageError when there is no such run
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<LeadwrightEvent, void> {
  const { token, runId, record, signal } = options;
  let last = options.after;
  let resting = false;
  for (let failures = 0; !signal.aborted; failures += 1) {
    if (failures > 0) await sleepUntilAborted(backOffMs(failures - 1), signal);
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
    const poll = pollRecord(record, signal, options.pollMs ?? POLL_MS);
    try {
      const address = await options.locate();
      for await (const text of messagesOf({ address, token, runId, after: last, signal: poll.signal })) {
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
      poll.stop();
    }
  }
}

interface RecordPoll {
  /** Aborted together with the follower's own signal, and as soon as the run is at rest. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Polls the record while a connection is open, because an open connection may deliver nothing. */
function pollRecord(record: FollowedRecord, signal: AbortSignal, pollMs: number): RecordPoll {
  const rest = new AbortController();
  let polling = false;
  const poll = async (): Promise<void> => {
    if (polling) return;
    polling = true;
    try {
      if ((await record.readRestingSeq()) !== null) rest.abort();
    } catch {
      // The follower reads the record again before its next connection, and throws this error then.
      rest.abort();
    } finally {
      polling = false;
    }
  };
  const timer = setInterval(() => void poll(), pollMs);
  return {
    signal: AbortSignal.any([signal, rest.signal]),
    stop: () => {
      clearInterval(timer);
    },
  };
}

/**
 * Parses the event of a message; null when the message is not part of the log, or its event is known already.
 * @throws Error when events are missing before it, which a new connection fixes
 * @throws EnvironmentError when the message is not a valid event
 */
function parseNextEvent(text: string, last: number): LeadwrightEvent | null {
  const message = parseJson(text);
  if (ephemeralSchema.safeParse(message).success) return null;
  const event = parseEvent(message);
  if (event.seq > last + 1) throw new Error(`event ${event.seq} arrived after event ${last}`);
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
  if (!(error instanceof ConnectionRefused)) return;
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
      // The notifier is starting or stopping, or its database is unavailable: retry.
      return;
  }
}
