import type { LeadwrightEvent } from '../../contract/contract.js';
import { formatTime } from '../../shared/format.js';
import { eventSentence } from '../../shared/event-sentence.js';
import { plainLine } from './plain-text.js';

/** As many characters of what others wrote as a line can bear; the whole is in `leadwright show`. */
const MAX_CHARACTERS = 300;

/** One event as one line for a pipe: time of day, task, what happened. */
export function renderEventLine(event: LeadwrightEvent): string {
  return `${formatTime(new Date(event.at))}  ${event.taskId ?? '(run)'}  ${describeEvent(event)}`;
}

/** What happened, in a few words on one line without control characters. */
export function describeEvent(event: LeadwrightEvent): string {
  const line = plainLine(eventSentence(event));
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS - 1)}…` : line;
}
