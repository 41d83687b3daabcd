/** A task in the lead agent's graph: its plan node, its standing and its progress. */
import type { TaskNode, TaskProgress } from '../contract/payloads.js';

/** A task's state for the lead. `held`: the task waits on the run, which waits for a person. */
export type Standing =
  'pending' | 'running' | 'ready' | 'blocked' | 'held' | 'completed' | 'failed' | 'skipped' | 'cancelled';

/** A task of the run, as the lead changes it. */
export interface Entry {
  readonly node: TaskNode;
  /** Only `Graph.move` changes it, because the graph is indexed by it. */
  readonly standing: Standing;
  progress: TaskProgress;
  /** The number of its workflows so far. */
  workflows: number;
  /** When it became startable, in milliseconds since the epoch; null while it cannot start. */
  waitingSince: number | null;
}

/** The progress of a task without any turn. */
export const NO_PROGRESS: TaskProgress = { turns: 0, attempts: 0, corrections: 0, requeues: 0, work: null };

/** Creates the entry of a task that was read from the record. */
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
      // Answered and ready: a person accepted its work as it is.
      return node.answered ? (node.ready ? 'ready' : 'pending') : 'blocked';
    case 'in_progress':
      // Its workflow belonged to an earlier lead, which has ended: a new one continues from the record.
      return node.ready ? 'ready' : 'pending';
    case 'pending':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return node.status;
  }
}
