import pc from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { LeadwrightEvent, RunView } from '../../contract/contract.js';
import { initialState, reduce } from './live-table-state.js';
import type { TableState } from './live-table-state.js';
import { renderTable } from './render-live-table.js';
import { textWidth } from './plain-text.js';

/** What is needed of a terminal: `process.stdout` or `process.stderr` when it is a TTY. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** Ten pictures a second look like movement, and a burst of events costs no more than that. */
const FRAME_MS = 100;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Between these a terminal that knows them shows nothing half drawn; others ignore them. */
const BEGIN_UPDATE = '\u001b[?2026h';
const END_UPDATE = '\u001b[?2026l';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** A table of a run's tasks, redrawn in place. Feed it every event of the run, from the first one on. */
export class LiveTable {
  #state: TableState;
  #drawn: readonly string[] = [];
  #timer: NodeJS.Timeout | null = null;
  readonly #draw = () => this.#redraw();
  /** A process that ends without stop() must not leave a terminal without a cursor. */
  readonly #showCursor = () => void this.terminal.write(SHOW_CURSOR);

  constructor(
    private readonly terminal: Terminal,
    view: RunView,
    private readonly clock: () => number = Date.now,
    private readonly colors: Colors = pc,
  ) {
    this.#state = initialState(view);
  }

  /** Draws at once, and from then on whenever something changed. */
  start(): void {
    if (this.#timer !== null) return;
    process.once('exit', this.#showCursor);
    this.terminal.write(HIDE_CURSOR);
    this.terminal.on('resize', this.#draw);
    this.#timer = setInterval(this.#draw, FRAME_MS);
    this.#redraw();
  }

  apply(event: LeadwrightEvent): void {
    this.#state = reduce(this.#state, event);
  }

  /** Lets something be written above the table. */
  note(write: () => void): void {
    this.terminal.write(redrawSequence(this.#drawn, [], this.terminal.columns));
    write();
    this.#drawn = [];
    this.#redraw();
  }

  /** Draws what is known last, leaves it on the screen, and gives the cursor back below it. */
  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.terminal.off('resize', this.#draw);
    this.#redraw();
    this.#showCursor();
    process.off('exit', this.#showCursor);
  }

  #redraw(): void {
    const { columns, rows } = this.terminal;
    // The cursor waits on the line below the table.
    const frame = { columns, rows: Math.max(1, rows - 1), now: this.clock(), colors: this.colors };
    const lines = renderTable(this.#state, frame);
    if (lines.join('\n') === this.#drawn.join('\n')) return;
    this.terminal.write(redrawSequence(this.#drawn, lines, columns));
    this.#drawn = lines;
  }
}

/**
 * What to write, in one piece, to replace the lines above the cursor. A terminal that became narrower has
 * broken the old ones: they take more lines than were written.
 */
export function redrawSequence(old: readonly string[], lines: readonly string[], columns: number): string {
  const height = old.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
  const up = height > 0 ? `\u001b[${height}A` : '';
  const body = lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
  return `${BEGIN_UPDATE}\r${up}${body}${CLEAR_BELOW}${END_UPDATE}`;
}
