import type { LeadwrightEvent } from '../../contract/events.js';
import type { TaskId } from '../../contract/ids.js';
import { formatTime } from '../../shared/words/format.js';
import { answerHint, eventSentence } from '../../shared/words/event-sentence.js';
import { plainLine } from './plain-text.js';

/** Longest text on one line, in characters: a few terminal lines. `leadwright show` prints it in full. */
const MAX_CHARACTERS = 300;

/** Renders an event as one line for a pipe. */
export function renderEventLine(event: LeadwrightEvent): string {
  return renderLine(Date.parse(event.at), event.taskId, describeEvent(event));
}

/** One line for a pipe: time of day, task, what happened. */
export function renderLine(at: number, taskId: TaskId | null, what: string): string {
  return `${formatTime(new Date(at))}  ${taskId ?? '(run)'}  ${what}`;
}

/** Describes an event in a few words, on one line without control characters. */
export function describeEvent(event: LeadwrightEvent): string {
  const line = plainLine(eventSentence(event));
  if (line.length <= MAX_CHARACTERS) return line;
  // A long question must not push the command that answers it off the line.
  const end = event.type === 'blocker.raised' ? answerHint(event.data) : '';
  return `${line.slice(0, MAX_CHARACTERS - 1 - end.length)}…${end}`;
}
