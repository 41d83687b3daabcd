/** All activities, bound to a worker's workplace, by the queue that they run on. */
import { readGraph } from '../db/graph.js';
import { failTask, moveRun } from '../db/task-status.js';
import type { ModelActivities, RecordActivities, SandboxActivities } from '../workflows/interface.js';
import { apply } from './apply.js';
import { beating } from './beat.js';
import { cancel } from './cancel.js';
import { checkBase, verify } from './base-and-verify.js';
import { land } from './land.js';
import { begun } from './step.js';
import { test, testMerge } from './test.js';
import { turn } from './turn.js';
import type { Workplace } from './workplace.js';

export function recordActivities(place: Workplace): RecordActivities {
  return {
    loadGraph: ({ runId, after }) => readGraph(place.db, runId, after),
    apply: (input) => apply(place, input),
    land: (input) => land(place, input),
    failTask: async ({ reason, ...task }) => failTask(place.db, await begun(place, task), reason),
    reportRun: ({ runId, status, reason }) =>
      moveRun(place.db, runId, status, reason === undefined ? undefined : { code: 'internal', reason }),
    cancelRun: ({ runId }) => beating(place, runId, () => cancel(place, runId)),
  };
}

export function modelActivities(place: Workplace): ModelActivities {
  return { turn: (input) => turn(place, input) };
}

export function sandboxActivities(place: Workplace): SandboxActivities {
  return {
    checkBase: (input) => checkBase(place, input),
    test: (input) => test(place, input),
    testMerge: (input) => testMerge(place, input),
    verify: (input) => verify(place, input),
  };
}
