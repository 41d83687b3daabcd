/** Who worked when, task by task, and what the time went into. Pure. */
import type { GraphTask, Span, SpanKind } from '../../contract/api.js';
import type { TaskId } from '../../contract/ids.js';

/** In the order of a legend: work first, then waiting. */
export const KINDS: readonly SpanKind[] = ['model', 'test', 'merge', 'wait', 'person'];

/** A span between two moments, in milliseconds since 1970; one that goes on ends now. */
export interface Bar {
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface Row {
  /** Null for the run's own. */
  readonly taskId: TaskId | null;
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Milliseconds, by what they went into. */
  readonly took: Readonly<Record<SpanKind, number>>;
}

/** A row for each task that anything happened to, the first to begin first. */
export function rowsOf(spans: readonly Span[], tasks: readonly GraphTask[], now: number): readonly Row[] {
  const titles = new Map(tasks.map(({ id, title }) => [id, title]));
  const byTask = new Map<TaskId | null, Span[]>();
  for (const span of spans) {
    const own = byTask.get(span.taskId);
    if (own === undefined) byTask.set(span.taskId, [span]);
    else own.push(span);
  }
  return [...byTask].map(([taskId, own]) => {
    const bars = own.map((span) => barOf(span, now));
    return {
      taskId,
      title: taskId === null ? 'The run' : (titles.get(taskId) ?? taskId),
      bars,
      took: tookBy(bars),
    };
  });
}

function barOf({ kind, startedAt, endedAt, label }: Span, now: number): Bar {
  const from = Date.parse(startedAt);
  return { kind, from, to: Math.max(from, endedAt === null ? now : Date.parse(endedAt)), label };
}

function tookBy(bars: readonly Bar[]): Record<SpanKind, number> {
  const took: Record<SpanKind, number> = { model: 0, test: 0, wait: 0, person: 0, merge: 0 };
  for (const { kind, from, to } of bars) took[kind] += to - from;
  return took;
}

/** All rows together. */
export function totalOf(rows: readonly Row[]): Readonly<Record<SpanKind, number>> {
  return tookBy(rows.flatMap(({ bars }) => bars));
}

/** From the first beginning to the last end; null when nothing has happened. */
export function extentOf(rows: readonly Row[]): { readonly from: number; readonly to: number } | null {
  let from = Infinity;
  let to = -Infinity;
  for (const { bars } of rows) {
    for (const bar of bars) {
      from = Math.min(from, bar.from);
      to = Math.max(to, bar.to);
    }
  }
  return from === Infinity ? null : { from, to };
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Steps that people count time in. */
const STEPS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  MINUTE / 2,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR / 2,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
];

/** Where a time axis of that length has its marks: at most `most` of them, in milliseconds from its beginning. */
export function ticksOf(length: number, most: number): readonly number[] {
  const days = Math.ceil(length / most / (24 * HOUR)) * 24 * HOUR;
  const step = STEPS.find((candidate) => length / candidate <= most) ?? days;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}
