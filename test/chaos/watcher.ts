import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messagesOf } from '../../src/cli/follow/event-connection.js';
import { homePaths } from '../../src/shared/config.js';
import { eventSchema, type LeadwrightEvent } from '../../src/contract/events.js';
import { messageOf } from '../../src/contract/errors.js';
import { runId } from '../../src/contract/ids.js';
import { readStackFile } from '../../src/local-stack/stack-file.js';

/** Short enough to miss no moment, long enough to leave the processor to the run. */
const RECONNECT_MS = 50;

/** Enough of a message to identify it. */
const SHOWN_CHARACTERS = 200;

/** A WebSocket client that reconnects with `after` whenever its connection ends, and records events out of order. */
export class Watcher {
  readonly events: LeadwrightEvent[] = [];
  /** Gaps, repeats, and messages that are not valid events. */
  readonly problems: string[] = [];
  private readonly left = new AbortController();
  private readonly listeners = new Set<() => void>();
  private readonly ended: Promise<void>;

  constructor(
    private readonly home: string,
    private readonly run: string,
  ) {
    this.ended = this.watch();
  }

  /** Waits for the first event, past or future, that satisfies `wanted`. */
  async first(wanted: (event: LeadwrightEvent) => boolean, signal: AbortSignal): Promise<LeadwrightEvent> {
    for (;;) {
      const found = this.events.find(wanted);
      if (found !== undefined) return found;
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.listeners.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  async close(): Promise<void> {
    this.left.abort();
    await this.ended;
  }

  private async watch(): Promise<void> {
    const { signal } = this.left;
    while (!signal.aborted) {
      // A connection is expected to fail, by a kill or because the run does not exist yet.
      await this.connect(signal).catch(() => undefined);
      await delay(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async connect(signal: AbortSignal): Promise<void> {
    const paths = homePaths(this.home);
    const url = (await readStackFile(paths.stackFile))?.notifierUrl ?? null;
    if (url === null) return;
    const token = (await readFile(paths.token, 'utf8')).trim();
    const after = this.events.length;
    for await (const text of messagesOf({ address: url, token, runId: runId(this.run), after, signal })) {
      this.receive(text);
    }
  }

  /** Processes a message. An invalid one is a problem and is not requested again, so the next event is a gap. */
  receive(text: string): void {
    let event: LeadwrightEvent;
    try {
      event = eventSchema.parse(JSON.parse(text));
    } catch (error) {
      this.problems.push(`not an event: ${text.slice(0, SHOWN_CHARACTERS)}: ${messageOf(error)}`);
      return;
    }
    this.note(event);
  }

  private note(event: LeadwrightEvent): void {
    const expected = this.events.length + 1;
    if (event.seq !== expected) this.problems.push(`event ${event.seq} arrived instead of ${expected}`);
    // A repeat is ignored. A gap is skipped, so that it is reported once and not with every later event.
    if (event.seq >= expected) this.events[event.seq - 1] = event;
    for (const tell of this.listeners) tell();
    this.listeners.clear();
  }
}
