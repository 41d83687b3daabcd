import type { LeadwrightEvent, RunView } from '../../contract/contract.js';
import { warn } from '../output.js';
import { renderEventLine } from './describe-event.js';
import { LiveTable } from './live-table.js';

/** How a run is shown while it goes: a live table, a line an event, or JSON Lines. */
export type Show = 'table' | 'lines' | 'json-lines';

export interface FollowRun {
  readonly view: RunView;
  /** The run's events from the first one on, until it is at rest. */
  readonly events: AsyncIterable<LeadwrightEvent>;
  readonly show: Show;
  /** Where it is shown. */
  readonly stream: NodeJS.WriteStream;
  /** What a person should know once the base was checked. */
  readonly warnings: () => Promise<readonly string[]>;
}

/** A terminal gets a table; a pipe gets a line an event. */
export function showOn(stream: NodeJS.WriteStream): Show {
  return stream.isTTY ? 'table' : 'lines';
}

/** Shows a run until its events end. */
export async function followRun(follow: FollowRun): Promise<void> {
  const table = follow.show === 'table' ? new LiveTable(follow.stream, follow.view) : null;
  table?.start();
  try {
    let warned = false;
    for await (const event of follow.events) {
      if (!warned && event.type === 'task.status') {
        warned = true;
        for (const text of await follow.warnings()) showWarning(text, table);
      }
      table?.apply(event);
      showEvent(event, follow);
    }
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
      stream.write(`${renderEventLine(event)}\n`);
      break;
    case 'json-lines':
      stream.write(`${JSON.stringify(event)}\n`);
      break;
    case 'table':
      break;
  }
}
