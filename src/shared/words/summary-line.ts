import { showInvisible } from './visible-text.js';

/** Characters: the Temporal UI shows one line, and its server refuses more than 400 bytes (3 per character at most). */
const MAX_LENGTH = 100;

/** The one-line summary of a workflow or activity in the Temporal UI. */
export function summaryLine(text: string, maxLength = MAX_LENGTH): string {
  const line = showInvisible(text);
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}
