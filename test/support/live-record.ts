/** A run's record in memory, for leads that continue as new: the next lead reads what the activities recorded. */
import assert from 'node:assert/strict';
import { type TaskId, taskId } from '../../src/contract/ids.js';
import type { HistoryLimits, TaskNode } from '../../src/contract/payloads.js';
import { NO_PROGRESS } from './graph.js';
import { landAll, pageOf, sha, stubs, submitted, type Stubs } from './lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';

export interface LiveRecord extends Stubs {
  /** A person answers a blocked task. */
  answer(id: string): void;
  /** A person has answered the question of the run that a task waited for. */
  release(id: string): void;
  /** A task's test has passed. */
  pass(id: string): void;
  nodeOf(id: string): TaskNode;
}

/** Stubs whose tasks change as they would in the database; `changes` overrides some of them. */
export function liveRecord(
  tasks: readonly TaskNode[],
  fullHistory: Omit<HistoryLimits, 'mostEvents'> & Partial<HistoryLimits>,
  changes: (made: LiveRecord) => Partial<Activities> = () => ({}),
): LiveRecord {
  const nodes = new Map(tasks.map((node) => [node.id, node] as const));
  const at = (id: TaskId): TaskNode => nodes.get(id) ?? { ...must(tasks[0]), id };
  const set = (id: TaskId, change: Partial<TaskNode>) => void nodes.set(id, { ...at(id), ...change });
  const progressed = (id: TaskId, change: Partial<typeof NO_PROGRESS>) =>
    set(id, { progress: { ...(at(id).progress ?? NO_PROGRESS), ...change } });
  let landings = 0;
  let live: LiveRecord | undefined;
  stubs(tasks, (made) => {
    live = Object.assign(made, {
      answer: (id: string) => set(taskId(id), { answered: true, workflows: at(taskId(id)).workflows + 1 }),
      release: (id: string) => set(taskId(id), { status: 'blocked', answered: true }),
      pass: (id: string) => set(taskId(id), { status: 'in_progress', ready: true }),
      nodeOf: (id: string) => at(taskId(id)),
    });
    const totals = { ...made.settings.totals, fullHistory: { mostEvents: 1e9, ...fullHistory } };
    made.settings = { ...made.settings, totals };
    const own = changes(live);
    return {
      ...own,
      loadGraph: (input) => Promise.resolve(pageOf(made, [...nodes.values()], input)),
      turn: async (input) => {
        set(input.taskId, { status: 'in_progress', answered: false });
        const result = await (own.turn?.(input) ?? Promise.resolve(submitted(input)));
        progressed(input.taskId, { turns: input.turn });
        if (result.next === 'blocked') set(input.taskId, { status: 'blocked' });
        return result;
      },
      test: (input) => {
        progressed(input.taskId, { attempts: input.attempt });
        set(input.taskId, { ready: true });
        return Promise.resolve({ next: 'land' });
      },
      land: async (input) => {
        const result = await (own.land?.(input) ?? Promise.resolve(landAll(input, sha(++landings))));
        assert.ok('tip' in result);
        made.tip = result.tip;
        for (const id of result.landed) set(id, { status: 'completed', ready: false });
        for (const { taskId: id } of result.requeued) {
          progressed(id, { requeues: (at(id).progress?.requeues ?? 0) + 1 });
          set(id, { ready: false, workflows: at(id).workflows + 1 });
        }
        return result;
      },
      failTask: ({ taskId: id }) => {
        set(id, { status: 'failed' });
        return Promise.resolve();
      },
      reportRun: ({ status }) => {
        made.settings = { ...made.settings, status };
        return Promise.resolve(status);
      },
    };
  });
  return must(live);
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a record needs at least one task');
  return value;
}
