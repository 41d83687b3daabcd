/** What work is worth that is called completed, in words: for the command line, the dashboard and reports. Pure. */
import type { AttemptView } from '../../contract/api.js';
import type { EventData } from '../../contract/events.js';
import type { RunStatus, TaskStatus } from '../../contract/run-status.js';
import type { RunView, TaskView } from '../../contract/run-view.js';

/** The verdict on work after its merge, given the one before: a test counts on what lands, not on the work alone. */
export function verdictAfterMerge(
  outcome: EventData<'merge.finished'>['outcome'],
  before: TaskView['verdict'],
): TaskView['verdict'] {
  switch (outcome) {
    case 'landed':
      return before;
    case 'red':
      return 'failed';
    case 'conflict':
      return 'untested';
  }
}

/** The test that decides about an attempt: one that failed on its merge counts more than its own. Null before any. */
export function decidingTest({
  test,
  mergeTest,
}: Pick<AttemptView, 'test' | 'mergeTest'>): AttemptView['test'] {
  return mergeTest ?? test;
}

/**
 * Says that a completed task passed no test, which only a person can complete: `accepted, tests failed` or
 * `accepted, untested`. Null for every other task.
 */
export function acceptedWords(status: TaskStatus, verdict: TaskView['verdict']): string | null {
  if (status !== 'completed') return null;
  switch (verdict) {
    case 'failed':
      return 'accepted, tests failed';
    case 'untested':
    case null:
      return 'accepted, untested';
    case 'passed':
      return null;
  }
}

/** Says that a completed run's branch does not pass the plan's `verify`; null otherwise. */
export function verifyWords(status: RunStatus, verify: RunView['verify']): string | null {
  return verify === 'failed' && status === 'completed' ? 'verify failed' : null;
}
