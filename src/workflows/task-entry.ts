/** A task in the lead agent's graph: its plan node, its state and its progress. */
import type { TaskNode, TaskProgress } from '../contract/payloads.js';

/** A task's state for the lead. `waiting_on_run`: the task waits on the run, which waits for a person. */
export type TaskState =
  | 'pending'
  | 'running'
  | 'ready'
  | 'blocked'
  | 'waiting_on_run'
  | 'completed'
  | 'failed'
  | 'skipped'
  | 'cancelled';

/** A task of the run, as the lead changes it. */
export interface Entry {
  readonly node: TaskNode;
  /** Only `Graph.move` changes it, because the graph is indexed by it. */
  readonly state: TaskState;
  progress: TaskProgress;
  /** The number of its workflows so far. */
  workflows: number;
  /** When it became startable, in milliseconds since the epoch; null while it cannot start. */
  waitingSince: number | null;
}

/** The progress of a task without any turn. */
export const NO_PROGRESS: TaskProgress = {
  turns: 0,
  attempts: 0,
  corrections: 0,
  requeues: 0,
  kind: 'first',
  work: null,
};

/** Creates the entry of a task that was read from the record. */
export function createEntry(node: TaskNode): Entry {
  return {
    node,
    state: stateOf(node),
    progress: node.progress ?? NO_PROGRESS,
    workflows: node.workflows,
    waitingSince: null,
  };
}

/**
 * Whether a workflow of an earlier lead may still work on a task that was read from the record. Pure.
 * @param inherited the number of the workflow that the earlier lead left running: a newer one than the record knows has not
 *   recorded anything yet
 */
export function mayBeRunning(node: TaskNode, inherited: number | undefined): boolean {
  const { status, ready, workflows } = node;
  if (ready) return false;
  const isNewer = inherited !== undefined && inherited > workflows;
  switch (status) {
    case 'in_progress':
      return isNewer || workflows > 0;
    case 'pending':
      return isNewer;
    case 'blocked':
      return isNewer && stateOf(node) === 'pending';
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return false;
  }
}

/** Whether the task goes on with the test of a commit that a person handed in: without a call of the model. */
export function isHandedIn(progress: TaskProgress | undefined): boolean {
  return progress?.kind === 'handed_in';
}

function stateOf(node: TaskNode): TaskState {
  switch (node.status) {
    case 'blocked':
      if (!node.answered && !node.waitingOnRun) return 'blocked';
      // A person accepted its work as it is. Landing it needs neither the model nor money.
      if (node.ready) return 'ready';
      return node.waitingOnRun && !isHandedIn(node.progress) ? 'waiting_on_run' : 'pending';
    case 'in_progress':
      // If its workflow has ended, a new one continues from the record. Otherwise the lead adopts it.
      return node.ready ? 'ready' : 'pending';
    case 'pending':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return node.status;
  }
}
