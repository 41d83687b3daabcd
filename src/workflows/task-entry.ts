/** A task as the lead agent keeps it: its plan node, where it stands, and what was done for it so far. */
import type { TaskNode, TaskProgress } from '../contract/payloads.js';

/** Where a task stands for the lead. `held` waits with the whole run for a person. */
export type Standing =
  'pending' | 'running' | 'ready' | 'blocked' | 'held' | 'completed' | 'failed' | 'skipped' | 'cancelled';

/** A task of the run, as the lead changes it. */
export interface Entry {
  readonly node: TaskNode;
  /** Changed by its graph, which counts: `Graph.move`. */
  readonly standing: Standing;
  progress: TaskProgress;
  /** Workflows it has had. */
  workflows: number;
  /** When it could first have started (ms), null while it cannot. */
  waitingSince: number | null;
}

/** The progress of a task that nothing was done for yet. */
export const NO_PROGRESS: TaskProgress = { turns: 0, attempts: 0, corrections: 0, requeues: 0, work: null };

/** A task's place in the graph when the lead reads it from the record. */
export function createEntry(node: TaskNode): Entry {
  return {
    node,
    standing: standingOf(node),
    progress: node.progress ?? NO_PROGRESS,
    workflows: node.workflows,
    waitingSince: null,
  };
}

function standingOf(node: TaskNode): Standing {
  switch (node.status) {
    case 'blocked':
      if (node.held) return 'held';
      // Answered, and ready: a person took its work as it is.
      return node.answered ? (node.ready ? 'ready' : 'pending') : 'blocked';
    case 'in_progress':
      // Its workflow belonged to an earlier lead, which is over: it goes on from the record.
      return node.ready ? 'ready' : 'pending';
    case 'pending':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return node.status;
  }
}
