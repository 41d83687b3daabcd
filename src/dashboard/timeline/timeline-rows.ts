/** The spans of a run as rows of a timeline, with the time spent on each kind of work. Pure. */
import type { GraphTask, SpanKind, TimelineByTask } from '../../contract/api.js';
import type { TaskId } from '../../contract/ids.js';

/** In the order of the legend: work first, then waiting. */
export const SPAN_KINDS: readonly SpanKind[] = ['model', 'command', 'test', 'merge', 'wait', 'person'];

/** A span with its start and end in milliseconds since 1970; an open span ends now. */
export interface Bar {
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface Row {
  /** Null for the run's own row. */
  readonly taskId: TaskId | null;
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Milliseconds by kind. */
  readonly durations: Readonly<Record<SpanKind, number>>;
}

/** One row for each task with spans, in the order of their first spans; none while the timeline is being read. */
export function timelineRows(
  timeline: TimelineByTask | null,
  tasks: readonly GraphTask[],
  now: number,
): readonly Row[] {
  if (timeline === null) return [];
  const { from: origin } = timeline;
  const titles = new Map(tasks.map(({ id, title }) => [id, title]));
  return timeline.tasks.map(({ taskId, spans }) => {
    const bars = spans.map(([kind, startedAt, endedAt, label]) => {
      const from = origin + startedAt;
      return { kind, from, to: Math.max(from, endedAt === null ? now : origin + endedAt), label };
    });
    return {
      taskId,
      title: taskId === null ? 'The run' : (titles.get(taskId) ?? taskId),
      bars,
      durations: sumByKind(bars),
    };
  });
}

function sumByKind(bars: readonly Bar[]): Record<SpanKind, number> {
  const durations: Record<SpanKind, number> = { model: 0, command: 0, test: 0, wait: 0, person: 0, merge: 0 };
  for (const { kind, from, to } of bars) durations[kind] += to - from;
  return durations;
}

/** The time by kind of all rows together. */
export function sumDurations(rows: readonly Row[]): Readonly<Record<SpanKind, number>> {
  return sumByKind(rows.flatMap(({ bars }) => bars));
}

/** From the first start to the last end; null when there are no spans. */
export function timeRange(rows: readonly Row[]): { readonly from: number; readonly to: number } | null {
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
/** Distances between ticks that people can count in. */
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

/**
 * Places the ticks of a time axis.
 *
 * @param length of the axis in milliseconds
 * @param maxIntervals how many intervals between ticks fit
 * @returns milliseconds from the start of the axis
 */
export function axisTicks(length: number, maxIntervals: number): readonly number[] {
  const days = Math.ceil(length / maxIntervals / (24 * HOUR)) * 24 * HOUR;
  const step = STEPS.find((candidate) => length / candidate <= maxIntervals) ?? days;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}
