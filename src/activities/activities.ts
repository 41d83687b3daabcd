/** All activities, bound to a worker's workplace, by the queue that they run on. */
import { INTERNAL } from '../db/run-stop.js';
import { failTask, reportRun } from '../db/task-status.js';
import { listDueNotifications } from '../db/notifications.js';
import type {
  ModelActivities,
  NoticeActivities,
  RecordActivities,
  SandboxActivities,
} from '../contract/payloads.js';
import { apply } from './apply.js';
import { withHeartbeats } from './heartbeat.js';
import { cancel } from './cancel-run.js';
import { checkBase, verify } from './base-and-verify.js';
import { land } from './land.js';
import { loadGraph } from './load-graph.js';
import { takeFence, takeRunFence } from './fence.js';
import { test, testMerge } from './test-attempt.js';
import { tell } from './notify.js';
import { turn } from './turn.js';
import type { Workplace } from './activity-context.js';

export function recordActivities(place: Workplace): RecordActivities & NoticeActivities {
  return {
    loadGraph: (input) => loadGraph(place, input),
    apply: (input) => apply(place, input),
    land: (input) => land(place, input),
    failTask: async ({ reason, ...task }) => failTask(place.db, await takeFence(place, task), reason),
    reportRun: async ({ runId, status, reason }) => {
      const end = reason === undefined ? undefined : { code: INTERNAL, reason };
      return reportRun(place.db, await takeRunFence(place, runId), status, end);
    },
    cancelRun: ({ runId }) => withHeartbeats(() => cancel(place, runId)),
    toTell: ({ runId }) => listDueNotifications(place.db, runId),
    tell: (input) => tell(place, input),
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
