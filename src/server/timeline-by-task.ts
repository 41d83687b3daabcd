/** A run's timeline by task, without what repeats from span to span. Pure. */
import type { ShortSpan, Span, TimelineByTask } from '../contract/api.js';
import type { TaskId } from '../contract/ids.js';

/** @param spans in the order of their starts */
export function timelineByTask(spans: readonly Span[]): TimelineByTask {
  const [first] = spans;
  const from = first === undefined ? 0 : Date.parse(first.startedAt);
  const byTask = new Map<TaskId | null, ShortSpan[]>();
  for (const { taskId, kind, startedAt, endedAt, label } of spans) {
    const end = endedAt === null ? null : Date.parse(endedAt) - from;
    const short: ShortSpan = [kind, Date.parse(startedAt) - from, end, label];
    const own = byTask.get(taskId);
    if (own === undefined) byTask.set(taskId, [short]);
    else own.push(short);
  }
  return { from, tasks: [...byTask].map(([taskId, own]) => ({ taskId, spans: own })) };
}
