import { taskId } from '../../src/contract/ids.js';
import type { TaskNode } from '../../src/contract/payloads.js';
import { IndexedGraph } from '../../src/workflows/indexed-graph.js';
import { createEntry, NO_PROGRESS, type Entry, type TaskState } from '../../src/workflows/task-entry.js';

export { NO_PROGRESS };

/** A task as a test describes it: ids are plain text, and everything is optional. */
export interface NodeParts extends Partial<Omit<TaskNode, 'id' | 'dependsOn'>> {
  readonly dependsOn?: readonly string[];
}

/** Creates a task of a graph, pending by default. */
export function node(id: string, { dependsOn = [], ...parts }: NodeParts = {}): TaskNode {
  return {
    id: taskId(id),
    title: `Title of ${id}`,
    role: 'backend',
    canParallelize: true,
    priority: 2,
    status: 'pending',
    answered: false,
    waitingOnRun: false,
    ready: false,
    generateTimeoutMs: 60_000,
    testTimeoutMs: 60_000,
    progress: NO_PROGRESS,
    workflows: 0,
    ...parts,
    dependsOn: dependsOn.map(taskId),
  };
}

/** A task together with the lead's state of it. */
export interface EntryParts extends NodeParts {
  readonly state?: TaskState;
  readonly waitingSince?: number;
}

export function entry(id: string, { state, waitingSince, ...parts }: EntryParts = {}): Entry {
  const made = { ...createEntry(node(id, parts)), ...(state === undefined ? {} : { state }) };
  if (waitingSince !== undefined) made.waitingSince = waitingSince;
  return made;
}

/** Creates a graph; the entries are in the plan's order. */
export function graphOf(...entries: readonly Entry[]): IndexedGraph {
  return new IndexedGraph(entries);
}
