import type { Colors, Formatter } from 'picocolors/types.js';
import type { RunStatus, TaskStatus } from '../../contract/run-status.js';
import { statusLabel } from '../../shared/words/event-sentence.js';
import { acceptedWords, verifyWords } from '../../shared/words/judgement-words.js';
import { PHASE_WORDS, runPhase } from '../../shared/words/run-phase.js';
import { waitingSentence } from '../../shared/words/waiting-sentence.js';
import { count, formatDuration, formatUsd } from '../../shared/words/format.js';
import { standsStill, timeSpent } from './live-table-state.js';
import type { TableState, TaskRow } from './live-table-state.js';
import { cutTo, fit, textWidth } from './plain-text.js';

export interface Frame {
  /** The terminal's width, and the largest number of lines. */
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly colors: Colors;
}

const SIGNS: Readonly<Record<TaskStatus, string>> = {
  in_progress: '▶',
  blocked: '?',
  failed: '✗',
  pending: '·',
  completed: '✓',
  skipped: '-',
  cancelled: '-',
};

/** Which tasks are shown first when not all fit: tasks in progress, tasks that need a person, then the rest. */
const DISPLAY_ORDER: readonly TaskStatus[] = [
  'in_progress',
  'blocked',
  'failed',
  'pending',
  'completed',
  'skipped',
  'cancelled',
];

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** The narrowest terminal, in columns, on which this column is shown. */
  readonly minTerminal: number;
  readonly text: (task: TaskRow, now: number) => string;
}

const BEFORE_TITLE: Column = {
  title: 'status',
  width: 13,
  align: 'left',
  minTerminal: 0,
  text: (task) => {
    if (standsStill(task)) return `${SIGNS.pending} paused`;
    return `${SIGNS[task.status]} ${doubtOf(task) === null ? statusLabel(task.status) : 'accepted'}`;
  },
};
const AFTER_TITLE: readonly Column[] = [
  { title: 'agent', width: 8, align: 'left', minTerminal: 100, text: (task) => task.role },
  { title: 'tries', width: 5, align: 'right', minTerminal: 70, text: (task) => String(task.attempts) },
  { title: 'corr.', width: 5, align: 'right', minTerminal: 86, text: (task) => String(task.corrections) },
  {
    title: 'time',
    width: 7,
    align: 'right',
    minTerminal: 40,
    text: (task, now) =>
      task.since === null && task.spentMs === 0 ? '' : formatDuration(timeSpent(task, now)),
  },
  {
    title: 'cost',
    width: 8,
    align: 'right',
    minTerminal: 52,
    text: (task) => costOf(task).join(''),
  },
];

const GAP = '  ';
/** Narrower than this, the latest event would be unreadable, so the title gets the space instead. */
const MIN_LAST_WIDTH = 16;
/** Lines above the tasks: the run's own line and the column titles. */
const HEAD_LINES = 2;

/** Renders the table: at most `rows` lines, none wider than `columns`. */
export function renderTable(state: TableState, frame: Frame): string[] {
  const waiting =
    state.waiting === null
      ? []
      : [frame.colors.yellow(cutTo(waitingSentence(state.waiting, frame.now), frame.columns))];
  const room = Math.max(0, frame.rows - HEAD_LINES - waiting.length);
  const { shown, rest } = chooseRows(state.tasks, room);
  const layout = computeLayout(state.tasks, frame.columns);
  const lines = [
    renderHead(state, frame),
    ...waiting,
    frame.colors.dim(cutTo(renderTitles(layout), frame.columns)),
    ...shown.map((task) => renderRow(task, layout, frame)),
  ];
  if (rest.length > 0 && room > 0) lines.push(frame.colors.dim(cutTo(renderRest(rest), frame.columns)));
  return lines.slice(0, frame.rows);
}

/** Returns all tasks in the plan's order if they fit; otherwise the first of DISPLAY_ORDER, with one line for the count. */
function chooseRows(
  tasks: readonly TaskRow[],
  room: number,
): { shown: readonly TaskRow[]; rest: readonly TaskRow[] } {
  if (tasks.length <= room) return { shown: tasks, rest: [] };
  const sorted = tasks.toSorted((a, b) => DISPLAY_ORDER.indexOf(a.status) - DISPLAY_ORDER.indexOf(b.status));
  const most = Math.max(0, room - 1);
  return { shown: sorted.slice(0, most), rest: sorted.slice(most) };
}

interface Layout {
  readonly columns: readonly Column[];
  readonly titleWidth: number;
  /** Width of the latest event; 0 when there is no space for it. */
  readonly lastWidth: number;
}

function computeLayout(tasks: readonly TaskRow[], columns: number): Layout {
  const shown = AFTER_TITLE.filter((column) => columns >= column.minTerminal);
  const fixed = [BEFORE_TITLE, ...shown].reduce((sum, column) => sum + column.width + GAP.length, 0);
  const free = Math.max(0, columns - fixed);
  const longest = Math.max(4, ...tasks.map((task) => textWidth(task.title)));
  const titleWidth = Math.min(longest, Math.ceil(free / 2));
  const lastWidth = free - titleWidth - GAP.length;
  return lastWidth >= MIN_LAST_WIDTH
    ? { columns: shown, titleWidth, lastWidth }
    : { columns: shown, titleWidth: Math.min(longest, free), lastWidth: 0 };
}

function renderHead(state: TableState, { columns, now, colors }: Frame): string {
  const done = state.tasks.filter((task) => task.status === 'completed').length;
  const elapsed = state.startedAt === null ? 0 : (state.endedAt ?? now) - state.startedAt;
  const doubt = verifyWords(state.status, state.verify);
  const facts = [
    describeStatus(state, doubt),
    formatDuration(elapsed),
    ...costOf(state),
    `${done} of ${count(state.tasks.length, 'task')} done`,
  ].join(' · ');
  const name = cutTo(state.runId, Math.max(0, columns));
  const rest = cutTo(facts, Math.max(0, columns - textWidth(name) - GAP.length));
  if (rest === '') return colors.bold(name);
  const paint = doubt === null ? runPaint(state.status, colors) : colors.red;
  return colors.bold(name) + GAP + paint(rest);
}

function describeStatus({ status, startedAt, hasBegun, tasks }: TableState, doubt: string | null): string {
  // Without any event yet, nothing is known of the run.
  const phase = startedAt === null ? null : runPhase(status, tasks, hasBegun);
  if (phase !== null) return `${status}: ${PHASE_WORDS[phase]}`;
  return doubt === null ? status : `${status}, ${doubt}`;
}

/** Nothing may also be the cost of a model without a known price, which the events do not tell apart. */
function costOf({ costUsd }: Pick<TableState, 'costUsd'>): string[] {
  return costUsd === 0 ? [] : [formatUsd(costUsd)];
}

function renderTitles({ columns, titleWidth, lastWidth }: Layout): string {
  const cells = [
    fit(BEFORE_TITLE.title, BEFORE_TITLE.width),
    fit('task', titleWidth),
    ...columns.map((column) => fit(column.title, column.width, column.align)),
    ...(lastWidth > 0 ? ['last'] : []),
  ];
  return cells.join(GAP);
}

function renderRow(task: TaskRow, layout: Layout, { columns, now, colors }: Frame): string {
  const status = fit(BEFORE_TITLE.text(task, now), Math.min(BEFORE_TITLE.width, columns));
  const others = [
    fit(task.title, layout.titleWidth),
    ...layout.columns.map((column) => fit(column.text(task, now), column.width, column.align)),
    ...(layout.lastWidth > 0 ? [cutTo(lastOf(task), layout.lastWidth)] : []),
  ].join(GAP);
  const room = columns - textWidth(status) - GAP.length;
  const paint = rowPaint(task, colors);
  return paint(status) + (room > 0 ? GAP + cutTo(others, room) : '');
}

/** Says that a completed task passed no test; null for every other task. */
function doubtOf({ status, answered, verdict }: TaskRow): string | null {
  return answered ? acceptedWords(status, verdict) : null;
}

function rowPaint(task: TaskRow, colors: Colors): Formatter {
  if (standsStill(task)) return colors.yellow;
  return doubtOf(task) === null ? taskPaint(task.status, colors) : doubtPaint(task, colors);
}

function doubtPaint({ verdict }: TaskRow, colors: Colors): Formatter {
  return verdict === 'failed' ? colors.red : colors.yellow;
}

function lastOf(task: TaskRow): string {
  return doubtOf(task) ?? task.last;
}

function renderRest(rest: readonly TaskRow[]): string {
  const counts = DISPLAY_ORDER.map((status) => ({
    status,
    n: rest.filter((task) => task.status === status).length,
  }));
  const words = counts.filter(({ n }) => n > 0).map(({ status, n }) => `${n} ${statusLabel(status)}`);
  return `… and ${rest.length} more: ${words.join(', ')}`;
}

function taskPaint(status: TaskStatus, colors: Colors): Formatter {
  switch (status) {
    case 'in_progress':
      return colors.cyan;
    case 'completed':
      return colors.green;
    case 'failed':
      return colors.red;
    case 'blocked':
      return colors.yellow;
    case 'pending':
    case 'skipped':
    case 'cancelled':
      return colors.dim;
  }
}

function runPaint(status: RunStatus, colors: Colors): Formatter {
  switch (status) {
    case 'running':
      return colors.cyan;
    case 'completed':
      return colors.green;
    case 'failed':
      return colors.red;
    case 'blocked':
    case 'paused':
      return colors.yellow;
    case 'cancelled':
      return colors.dim;
  }
}
