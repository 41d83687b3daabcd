/** What a run does before its first task and after its last one, for the command line and the dashboard. Pure. */
import type { RunStatus, TaskStatus } from '../../contract/run-status.js';

/** Each may take minutes, in which there is no event. */
export type RunPhase = 'base' | 'verify';

/** What follows the status of a run, on the command line. */
export const PHASE_WORDS: Readonly<Record<RunPhase, string>> = {
  base: 'its base is checked first (set-up, tests)',
  verify: 'all tasks are done, and `verify` runs on the branch',
};

/**
 * The phase of a run none of whose tasks is at work; null while one is, and while the run does not go on.
 * @param hasBegun whether a task was ever at work: the base is not checked again after that
 */
export function runPhase(
  status: RunStatus,
  tasks: readonly { readonly status: TaskStatus }[],
  hasBegun: boolean,
): RunPhase | null {
  if (status !== 'running') return null;
  if (tasks.every((task) => task.status === 'pending')) return hasBegun ? null : 'base';
  return tasks.every((task) => task.status === 'completed') ? 'verify' : null;
}
