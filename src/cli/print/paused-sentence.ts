import type { RunId } from '../../contract/ids.js';

/** A paused run does not go on, whatever a command has changed. */
export function pausedSentence(id: RunId): string {
  return `The run ${id} is paused; continue it with:  leadwright resume ${id}`;
}
