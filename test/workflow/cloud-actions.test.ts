import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { actionsOf } from '../../bench/actions.js';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { requiredTsToMs } from '@temporalio/common/lib/time.js';
import { NativeConnection } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { join } from 'node:path';
import { runBranch, taskWorkflowId } from '../../src/contract/names.js';
import { taskId } from '../../src/contract/ids.js';
import { startLead } from '../../src/runs/control/lead.js';
import { TemporalConnection } from '../../src/runs/control/temporal-connection.js';
import { QUEUES } from '../../src/contract/payloads.js';
import { createWorkers } from '../../src/worker/worker.js';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';
import { useBench } from '../support/activity-bench.js';
import { writes } from '../support/answers.js';
import { freePort } from '../../src/shared/network/free-port.js';
import { eventually } from '../support/eventually.js';
import { temporalCli } from '../support/temporal-cli.js';
import { installRuntime } from '../support/workflow-bench.js';

/** Longer than the server takes to show a request in its metrics. */
const METRICS_LAG_MS = 3_000;
const TURN_MS = 30_000;
const TEST_S = 10;
/** The goal for a task with such a turn and such a test, its part of the landing included. */
const MOST = 9;
/** An activity sends one every 30 seconds (src/activities/support/heartbeat.ts). */
const heartbeatsIn = (ms: number): number => Math.floor(ms / 30_000);
const HEARTBEATS = heartbeatsIn(TURN_MS) + heartbeatsIn(TEST_S * 1_000);
/** What a task costs in its lead's history: the start of its workflow, and its part of a landing. */
const LEAD_ACTIONS = 2;

/** Real workers and activities on a real server: the workflows' histories and the server's own count of heartbeats. */
describe('the actions that Temporal Cloud bills', function () {
  this.timeout(300_000);
  const bench = useBench();
  let server: TestWorkflowEnvironment;
  let metrics: string;

  before(async function () {
    this.timeout(60_000);
    installRuntime();
    const port = await freePort(undefined);
    metrics = `http://127.0.0.1:${port}/metrics`;
    server = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: await temporalCli() },
        ip: '127.0.0.1',
        searchAttributes: Object.values(SEARCH_ATTRIBUTES),
        log: { format: 'pretty', level: 'error' },
        extraArgs: ['--metrics-port', String(port)],
      },
    });
  });
  after(() => server.teardown());

  /** Requests of a kind that the server has received. */
  const requests = async (operation: string): Promise<number> => {
    const text = await (await fetch(metrics)).text();
    const lines = text
      .split('\n')
      .filter(
        (line) => /^service_requests(?:_total)?\{/.test(line) && line.includes(`operation="${operation}"`),
      )
      .filter((line) => line.includes('service_name="frontend"'));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };

  /** The value of a metric once the server, whose metrics lag behind, has not changed it for a while. */
  const settled = async (read: () => Promise<number>): Promise<number> => {
    for (let value = await read(); ;) {
      await delay(METRICS_LAG_MS);
      const next = await read();
      if (next === value) return value;
      value = next;
    }
  };

  it(`are at most ${MOST} for a task with a turn of ${TURN_MS / 1_000} s and a test of ${TEST_S} s`, async () => {
    const run = await bench().start(
      {
        test: 'true',
        tasks: [
          { id: 'shared', title: 'Uses the default test', test: `sleep ${TEST_S}` },
          { id: 'untried', title: 'Has no test tried', test: 'true' },
        ],
      },
      { 'a.txt': 'a\n' },
    );
    let answered = 0;
    bench().answer = () => ({ ...writes({ [`n-${++answered}.txt`]: 'n\n' }), delay: TURN_MS });
    const env = { ...bench().context.env, LEADWRIGHT_PAYLOAD_KEY_FILE: join(bench().folder, 'payload-key') };
    const connection = await NativeConnection.connect({ address: server.address });
    const workers = await createWorkers(env, Promise.resolve({ ...bench().context, env }), {
      connection,
      namespace: 'default',
      queues: QUEUES,
    });
    const ended = Promise.all(workers.map((worker) => worker.run()));
    const ours = new TemporalConnection(env, () =>
      Promise.resolve({ connectionOptions: { address: server.address }, namespace: 'default' }),
    );
    try {
      assert.ok((await requests('StartWorkflowExecution')) >= 0);
      await startLead({ db: bench().db, temporal: () => ours.client() }, run.id, false);
      const isCounted = async () => (await requests('StartWorkflowExecution')) > 0;
      await eventually(isCounted, 'the server counts requests by their names');
      const { workflow } = server.client;
      assert.deepEqual(await workflow.getHandle(runBranch(run.id)).result(), { status: 'completed' });
      const callStack = workflow.getHandle(runBranch(run.id)).query('__stack_trace');
      await assert.rejects(
        callStack,
        /not enabled/,
        'workers record no call stacks (src/worker/call-stacks.ts)',
      );
      const histories = await Promise.all(
        ['shared', 'untried'].map((id) =>
          workflow.getHandle(taskWorkflowId(run.id, taskId(id), 1)).fetchHistory(),
        ),
      );
      const tasks = histories.map(actionsOf);
      const landings = (await run.events('merge.finished')).length;
      const heartbeats = await settled(() => requests('RecordActivityTaskHeartbeat'));
      process.stderr.write(
        `      ${tasks.join(' and ')} actions, ${heartbeats} heartbeats, ${landings} landings\n`,
      );
      for (const actions of tasks) assert.ok(actions + HEARTBEATS + LEAD_ACTIONS <= MOST);
      // On a busy machine, steps take longer than their models and tests.
      const most = histories.flatMap(activityTimes).reduce((sum, ms) => sum + heartbeatsIn(ms), 0);
      assert.ok(heartbeats <= most, `${heartbeats} heartbeats where ${most} are due`);
    } finally {
      for (const worker of workers) worker.shutdown();
      await ended;
      await ours.close();
      await connection.close();
    }
  });
});

/** How long each activity of a workflow took, from its start to its end, in milliseconds. */
function activityTimes({ events }: History): number[] {
  const started = new Map<string, number>();
  return (events ?? []).flatMap((event) => {
    const { activityTaskStartedEventAttributes: start, activityTaskCompletedEventAttributes: end } = event;
    const at = requiredTsToMs(event.eventTime, 'eventTime');
    if (start) started.set(String(start.scheduledEventId), at);
    const from = end ? started.get(String(end.scheduledEventId)) : undefined;
    return from === undefined ? [] : [at - from];
  });
}
