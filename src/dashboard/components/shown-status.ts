/** How the page shows a status: its icon, its colour and its words. Pure. */
import type { GraphTask, RunGraph } from '../../contract/api.js';
import type { RunStatus, TaskStatus } from '../../contract/run-status.js';
import { statusLabel } from '../../shared/words/event-sentence.js';
import { acceptedWords } from '../../shared/words/judgement-words.js';
import { STANDS_STILL } from '../../shared/words/pause-words.js';
import { WAITS_FOR_MODEL } from '../../shared/words/waiting-sentence.js';

/**
 * Each has an icon, and a colour of the same name in base.css.
 * - `doubtful`: completed, though its work passed no test or the branch fails `verify`
 * - `waiting`: in progress, but the model gives no answer
 * - `paused`: a paused run, or one of its tasks in progress
 */
export type Sign = TaskStatus | RunStatus | 'doubtful' | 'waiting';

export interface ShownStatus {
  readonly sign: Sign;
  /** The words beside the icon. */
  readonly short: string;
  /** All that the icon says too, for screen readers. */
  readonly full: string;
}

/**
 * A task in progress that waits for the model, or whose run is paused, is stalled: nothing about it may look like work.
 *
 * @param run the status of its run
 */
export function showTask(
  { status, verdict, waiting }: Pick<GraphTask, 'status' | 'verdict' | 'waiting'>,
  run: RunStatus,
): ShownStatus {
  const doubt = acceptedWords(status, verdict);
  if (doubt !== null)
    return { sign: 'doubtful', short: doubt, full: [statusLabel(status), doubt].join(', ') };
  if (status === 'in_progress' && run === 'paused') return show('paused', STANDS_STILL.one);
  if (status === 'in_progress' && waiting !== null) return show('waiting', WAITS_FOR_MODEL.one);
  return show(status, statusLabel(status));
}

/** @param doubt what qualifies the run, such as `verify failed`; null when nothing does */
export function showRun(
  { status, waiting }: Pick<RunGraph, 'status' | 'waiting'>,
  doubt: string | null,
): ShownStatus {
  const words = doubt === null ? status : [status, doubt].join(', ');
  // A run that failed or is still open looks like that, whatever a person has accepted in it.
  if (doubt !== null && status === 'completed') return show('doubtful', words);
  return show(status === 'running' && waiting !== null ? 'waiting' : status, words);
}

function show(sign: Sign, words: string): ShownStatus {
  return { sign, short: words, full: words };
}
