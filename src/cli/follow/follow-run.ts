import type { LeadwrightEvent } from '../../contract/events.js';
import type { RunView } from '../../contract/run-view.js';
import type { Waiting } from '../../contract/waiting.js';
import { printOn, say, terminalOf, warn, type Stream, type Terminal } from '../print/output.js';
import { EventLines } from './event-lines.js';
import { LiveTable } from './live-table.js';

/** How a run is shown while it runs: as a live table, one line per event, or JSON Lines. */
export type Show = 'table' | 'lines' | 'json-lines';

export interface FollowRun {
  readonly view: RunView;
  /** All events of the run, from the first one until it is at rest. */
  readonly events: AsyncIterable<LeadwrightEvent>;
  readonly show: Show;
  readonly stream: Stream;
  /** Warnings about tests: some are known once the base was checked, others once a task's test was tried. */
  readonly warnings: () => Promise<readonly string[]>;
  /** What all tasks of the run wait for now, null for nothing, undefined when the record cannot be read. */
  readonly waiting: () => Promise<Waiting | null | undefined>;
  /** What stops the whole stack, and so the events, such as a full disk or a lost git store; null for nothing. It is said once. */
  readonly trouble: () => Promise<string | null>;
  /** What is to be said of services that are away, or are back. Each text is returned once. */
  readonly outages: () => Promise<readonly string[]>;
  /** How the plan's `verify` ended, as the record has it; null when that cannot be read. */
  readonly verify: () => Promise<RunView['verify']>;
}

/** Events tell of every doubling of the tries only. Tries are at least a second apart, and a query is cheap. */
const REFRESH_MS = 2_000;

/** Chooses the display: a table on a terminal, one line per event in a pipe. */
export function showOn(stream: Stream): Show {
  return terminalOf(stream) === null ? 'lines' : 'table';
}

/** What shows a run while its events arrive. */
interface Display {
  apply(event: LeadwrightEvent): void;
  /** Whether all tasks wait for a model that is out of reach. */
  readonly isWaiting: boolean;
  setWaiting(waiting: Waiting | null): void;
}

/** Shows a run until its events end. */
export async function followRun(
  follow: FollowRun,
  terminal: Terminal | null = terminalOf(follow.stream),
  write: (line: string) => void = (line) => printOn(follow.stream, line),
): Promise<void> {
  const { show, view } = follow;
  const table = show === 'table' && terminal !== null ? new LiveTable(terminal, view) : null;
  const display = table ?? (show === 'json-lines' ? new JsonLines(write) : new EventLines(write));
  table?.start();
  let isExpected = true;
  const expectsTrouble = () => isExpected;
  const sayTrouble = async (): Promise<void> => {
    if (!expectsTrouble()) return;
    const trouble = await follow.trouble();
    // A slow disk may answer two questions together, or after the end of the table.
    if (trouble === null || !expectsTrouble()) return;
    isExpected = false;
    showWarning(trouble, table);
  };
  let hasEnded = false;
  let isAsking = false;
  const sayOutages = async (): Promise<void> => {
    // A service that is away may not answer for longer than the time to the next question.
    if (isAsking) return;
    isAsking = true;
    for (const text of await follow.outages()) if (!hasEnded) sayAbove(() => say(text), table);
    isAsking = false;
  };
  const refresh = setInterval(() => {
    void refreshWait(display, follow);
    void sayTrouble();
    void sayOutages();
  }, REFRESH_MS);
  try {
    const shown = new Set<string>();
    // The base was checked before the first of these events, the first task's test was tried before the second.
    const moments = new Set<string>(['task.status', 'model.call']);
    for await (const event of follow.events) {
      if (moments.delete(event.type)) {
        for (const text of await follow.warnings()) {
          if (!shown.has(text)) showWarning(text, table);
          shown.add(text);
        }
      }
      display.apply(event);
    }
    if (table?.isCompleted === true) table.setVerify(await follow.verify());
  } finally {
    clearInterval(refresh);
    isExpected = false;
    hasEnded = true;
    table?.stop();
  }
}

/** Shows the newest try of a wait that the events told of. */
async function refreshWait(display: Display, { waiting }: FollowRun): Promise<void> {
  const isWaiting = () => display.isWaiting;
  if (!isWaiting()) return;
  const now = await waiting();
  // An event may have ended the wait meanwhile.
  if (now !== undefined && isWaiting()) display.setWaiting(now);
}

/** Prints a warning to stderr; above the table when both are on the same screen. */
function showWarning(text: string, table: LiveTable | null): void {
  sayAbove(() => warn(text), table);
}

function sayAbove(write: () => void, table: LiveTable | null): void {
  if (table !== null && terminalOf('stderr') !== null) table.note(write);
  else write();
}

/** The events as they are, for a program. */
class JsonLines implements Display {
  readonly isWaiting = false;

  constructor(private readonly write: (line: string) => void) {}

  apply(event: LeadwrightEvent): void {
    this.write(JSON.stringify(event));
  }

  setWaiting(): void {
    // A program reads waits from the events and from `status --json`.
  }
}
