import type { EventOf } from '../contract/events.js';
import type { Waiting } from '../contract/waiting.js';

/** The wait of a run or a task after an event about it; null when it is over. Pure. */
export function waitAfter(
  known: Waiting | null,
  event: EventOf<'model.waiting'> | EventOf<'model.answering'>,
): Waiting | null {
  if (event.type === 'model.answering') return null;
  const { reason, tries, until } = event.data;
  return { taskId: event.taskId, reason, tries, until, since: known?.since ?? event.at };
}
