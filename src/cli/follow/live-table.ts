import pc from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { LeadwrightEvent } from '../../contract/events.js';
import type { RunView } from '../../contract/run-view.js';
import type { Waiting } from '../../contract/waiting.js';
import type { Terminal } from '../print/output.js';
import { initialState, reduce } from './live-table-state.js';
import type { TableState } from './live-table-state.js';
import { renderTable } from './render-live-table.js';
import { textWidth } from './plain-text.js';

/** Ten frames a second look continuous, and limit the cost of a burst of events. */
const FRAME_MS = 100;

/** The size of a terminal that does not know its own, such as one of `docker run -t` or `ssh -tt` in a script: it says 0. */
const USUAL_SIZE = { columns: 80, rows: 24 } as const;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Synchronized output: terminals that support it show the update at once, and others ignore it. */
const BEGIN_UPDATE = '\u001b[?2026h';
const END_UPDATE = '\u001b[?2026l';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** A table of a run's tasks, redrawn in place. It needs every event of the run, from the first one. */
export class LiveTable {
  #state: TableState;
  #drawnLines: readonly string[] = [];
  #timer: NodeJS.Timeout | null = null;
  readonly #draw = () => this.#redraw();
  /** Also called at process exit: without stop(), the terminal would be left without a cursor. */
  readonly #showCursor = () => void this.terminal.write(SHOW_CURSOR);

  constructor(
    private readonly terminal: Terminal,
    view: RunView,
    private readonly clock: () => number = Date.now,
    private readonly colors: Colors = pc,
  ) {
    this.#state = initialState(view);
  }

  /** Draws the table now, and again whenever something has changed. */
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

  /** Whether all tasks wait for a model that is out of reach. */
  get isWaiting(): boolean {
    return this.#state.waiting !== null;
  }

  /** Shows the wait as the record has it, which is newer than its last event. */
  setWaiting(waiting: Waiting | null): void {
    this.#state = { ...this.#state, waiting };
  }

  get isCompleted(): boolean {
    return this.#state.status === 'completed';
  }

  /** Shows how the plan's `verify` ended, which no event tells. */
  setVerify(verify: RunView['verify']): void {
    this.#state = { ...this.#state, verify };
  }

  /** Calls `write` with the table removed, and draws the table again below its output. */
  note(write: () => void): void {
    this.terminal.write(redrawSequence(this.#drawnLines, [], this.#size().columns));
    write();
    this.#drawnLines = [];
    this.#redraw();
  }

  /** Draws the final state, leaves it on the screen, and shows the cursor below it. */
  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.terminal.off('resize', this.#draw);
    this.#redraw();
    this.#showCursor();
    process.off('exit', this.#showCursor);
  }

  #size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.terminal;
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
  }

  #redraw(): void {
    const { columns, rows } = this.#size();
    // One line less: the cursor stays on the line below the table.
    const frame = { columns, rows: Math.max(1, rows - 1), now: this.clock(), colors: this.colors };
    const lines = renderTable(this.#state, frame);
    if (lines.join('\n') === this.#drawnLines.join('\n')) return;
    this.terminal.write(redrawSequence(this.#drawnLines, lines, columns));
    this.#drawnLines = lines;
  }
}

/**
 * The text, to be written at once, that replaces the lines above the cursor. The height of the old lines is computed
 * for the current width, because a terminal that became narrower has wrapped them.
 */
export function redrawSequence(old: readonly string[], lines: readonly string[], columns: number): string {
  const height = old.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
  const up = height > 0 ? `\u001b[${height}A` : '';
  const body = lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
  return `${BEGIN_UPDATE}\r${up}${body}${CLEAR_BELOW}${END_UPDATE}`;
}
