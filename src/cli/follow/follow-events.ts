import { ephemeralSchema, eventSchema } from '../../contract/contract.js';
import type { LeadwrightEvent } from '../../contract/contract.js';
import { EnvironmentError, UsageError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { backOffMs } from '../../shared/back-off.js';
import { pause } from '../../shared/pause.js';
import { Refused } from '../../shared/websocket.js';
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
  /** Aborting it ends the following, without an error. */
  readonly signal: AbortSignal;
}

/**
 * A run's events after `after`, each once and in order, however often the connection or the notifier breaks
 * meanwhile. It does not end by itself: leave the loop when the run has ended. Throws an EnvironmentError when
 * the token is refused, a UsageError when there is no such run.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<LeadwrightEvent, void> {
  const { token, runId, signal } = options;
  let last = options.after;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const url = await options.locate();
      for await (const text of messagesOf({ url, token, runId, after: last, signal })) {
        const event = nextEvent(text, last);
        if (event === null) continue;
        failures = 0;
        last = event.seq;
        yield event;
      }
    } catch (error) {
      throwIfFinal(error, runId);
    }
    await pause(backOffMs(failures++), signal);
  }
}

/**
 * The event in a message; null when it is no part of the log, or known already. Throws an Error for one that
 * comes too early, which connecting again mends, and an EnvironmentError for what is no event at all.
 */
function nextEvent(text: string, last: number): LeadwrightEvent | null {
  const message = parseJson(text);
  if (ephemeralSchema.safeParse(message).success) return null;
  const parsed = eventSchema.safeParse(message);
  if (!parsed.success) {
    throw new EnvironmentError(
      'The notifier sent something that this version does not understand',
      'Use the same version of Leadwright here and for `leadwright up`.',
      { cause: parsed.error },
    );
  }
  const event = parsed.data;
  if (event.seq > last + 1) throw new Error(`event ${event.seq} came after ${last}`);
  return event.seq <= last ? null : event;
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
