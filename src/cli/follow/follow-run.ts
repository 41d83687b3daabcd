import type { LeadwrightEvent } from '../../contract/events.js';
import type { RunView } from '../../contract/run-view.js';
import type { Waiting } from '../../contract/waiting.js';
import { printOn, terminalOf, warn, type Stream } from '../output.js';
import { renderEventLine } from './describe-event.js';
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
}

/** Events tell of every doubling of the tries only. Tries are at least a second apart, and a query is cheap. */
const REFRESH_MS = 2_000;

/** Chooses the display: a table on a terminal, one line per event in a pipe. */
export function showOn(stream: Stream): Show {
  return terminalOf(stream) === null ? 'lines' : 'table';
}

/** Shows a run until its events end. */
export async function followRun(follow: FollowRun): Promise<void> {
  const terminal = follow.show === 'table' ? terminalOf(follow.stream) : null;
  const table = terminal === null ? null : new LiveTable(terminal, follow.view);
  table?.start();
  const refresh = setInterval(() => void refreshWait(table, follow), REFRESH_MS);
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
      table?.apply(event);
      showEvent(event, follow);
    }
  } finally {
    clearInterval(refresh);
    table?.stop();
  }
}

/** Shows the newest try of a wait that the events told of. */
async function refreshWait(table: LiveTable | null, { waiting }: FollowRun): Promise<void> {
  if (table?.isWaiting !== true) return;
  const now = await waiting();
  if (now !== undefined) table.setWaiting(now);
}

/** Prints a warning to stderr; above the table when both are on the same screen. */
function showWarning(text: string, table: LiveTable | null): void {
  if (table !== null && terminalOf('stderr') !== null) table.note(() => warn(text));
  else warn(text);
}

function showEvent(event: LeadwrightEvent, { show, stream }: FollowRun): void {
  switch (show) {
    case 'lines':
      printOn(stream, renderEventLine(event));
      break;
    case 'json-lines':
      printOn(stream, JSON.stringify(event));
      break;
    case 'table':
      break;
  }
}
