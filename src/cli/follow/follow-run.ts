import type { LeadwrightEvent, RunStatus, RunView } from '../../contract/contract.js';
import type { RunId } from '../../contract/ids.js';
import { warn } from '../output.js';
import { renderLine } from './describe-event.js';
import { followEvents } from './follow-events.js';
import { LiveTable } from './live-table.js';

/** How a run is shown while it goes: a live table, a line an event, or JSON Lines. */
export type Show = 'table' | 'lines' | 'json-lines';

export interface FollowRun {
  readonly view: RunView;
  readonly runId: RunId;
  readonly token: string;
  /** The seq of the run's newest event when the following starts: a rest before it may be over already. */
  readonly newest: number;
  readonly locate: () => Promise<string>;
  readonly show: Show;
  /** Where it is shown. */
  readonly stream: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** What a person should know once the base was checked. */
  readonly warnings: () => Promise<readonly string[]>;
}

/** A terminal gets a table; a pipe gets a line an event. */
export function showOn(stream: NodeJS.WriteStream): Show {
  return stream.isTTY ? 'table' : 'lines';
}

/** Nothing more happens by itself: it has ended, or all that is left waits for a person. */
export function atRest(status: RunStatus): boolean {
  switch (status) {
    case 'running':
    case 'paused':
      return false;
    case 'completed':
    case 'failed':
    case 'blocked':
    case 'cancelled':
      return true;
  }
}

/** Shows a run from its first event until it is at rest: true; false when `signal` ended the showing before. */
export async function followRun(follow: FollowRun): Promise<boolean> {
  const table = follow.show === 'table' ? new LiveTable(follow.stream, follow.view) : null;
  table?.start();
  try {
    let resting = false;
    let warned = false;
    for await (const event of followEvents({ ...follow, after: 0 })) {
      if (!warned && event.type === 'task.status') {
        warned = true;
        for (const text of await follow.warnings()) showWarning(text, table);
      }
      table?.apply(event);
      showEvent(event, follow);
      if (event.type === 'run.status') resting = atRest(event.data.status);
      if (resting && event.seq >= follow.newest) return true;
    }
    return false;
  } finally {
    table?.stop();
  }
}

/** On stderr, and above a table that is on the same screen. */
function showWarning(text: string, table: LiveTable | null): void {
  if (table !== null && process.stderr.isTTY) table.note(() => warn(text));
  else warn(text);
}

function showEvent(event: LeadwrightEvent, { show, stream }: FollowRun): void {
  switch (show) {
    case 'lines':
      stream.write(`${renderLine(event)}\n`);
      break;
    case 'json-lines':
      stream.write(`${JSON.stringify(event)}\n`);
      break;
    case 'table':
      break;
  }
}
