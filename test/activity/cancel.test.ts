import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { test } from '../../src/activities/test.js';
import { turn } from '../../src/activities/turn.js';
import { killedAt } from '../support/faults.js';
import { requestCancellation } from '../../src/db/cancellations.js';
import { cancelRun } from '../../src/db/task-status.js';
import { listenForCancels } from '../../src/worker/cancel-listener.js';
import { stopWorkers } from '../../src/worker/worker.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { activityEnvironment, useBench, type TestRun } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';

/** Longer than any test waits: the work ends only when something ends it. */
const NEVER = 300_000;

/** Daemons of every kind: in the background, in a nested session of their own, with an empty environment. */
const DAEMONS = `sleep 300 & setsid sh -c 'setsid sleep 300 &' & env -i setsid sleep 300 &
  (cd / && setsid sleep 300 &) ; echo > started`;

describe('cancelling a run', () => {
  const bench = useBench();
  let listener: { close(): Promise<void> } | undefined;
  before(() => {
    const { url, db, context } = bench();
    listener = listenForCancels(url, db, context.cancels, () => undefined);
  });
  after(() => listener?.close());

  const begin = async (command = 'true') => {
    const run = await bench().start(
      { test: command, tasks: [{ id: 'a', title: 'Do it' }] },
      { 'a.txt': 'a\n' },
    );
    return { run, agent: new AgentSteps(run, 'a') };
  };

  /** Starts a model call that is never answered. */
  const calling = async () => {
    const { run, agent } = await begin();
    bench().answer = () => ({ text: 'late', delay: NEVER });
    const calls = bench().model.requests.length;
    const environment = activityEnvironment();
    const ended = settled(environment.run(turn, bench().context, agent.turnInput()));
    await eventually(() => bench().model.requests.length > calls, 'the model is asked');
    const call = bench().model.requests.at(-1) ?? assert.fail();
    return { run, environment, ended, call, over: () => call.outcome === 'abandoned' };
  };

  /** Starts a test that never ends. */
  const testing = async () => {
    const sign = join(bench().folder, `started-${Date.now()}`);
    const { run, agent } = await begin(`${DAEMONS.replace('started', sign)}; sleep 300`);
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.turn();
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    const environment = activityEnvironment();
    const ended = settled(environment.run(test, bench().context, agent.testInput(applied.commit, 3, NEVER)));
    await eventually(() => existsSync(sign), 'the test runs');
    return { run, environment, ended, over: noneLeft };
  };

  it('asks Temporal often about a test that starts just after the notice', async () => {
    const { run, agent } = await begin('sleep 300');
    const { cancels } = bench().context;
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.turn();
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    await requestCancellation(bench().db, run.id);
    await eventually(() => cancels.isRecent(run.id), 'the worker has the notice');
    const environment = activityEnvironment();
    let heartbeats = 0;
    environment.on('heartbeat', () => heartbeats++);
    const ended = settled(environment.run(test, bench().context, agent.testInput(applied.commit, 3, NEVER)));
    await eventually(() => heartbeats > 1, 'it asks');
    environment.cancel();
    assert.ok((await ended) instanceof CancelledFailure);
    await nothingSaid(run);
  });

  const started = { 'a model call': calling, 'a test': testing };
  for (const [what, begun] of Object.entries(started)) {
    it(`stops ${what} on the database notice, then reports it once Temporal asks for it`, async () => {
      const { run, environment, ended, over } = await begun();
      const asked = performance.now();
      await requestCancellation(bench().db, run.id);
      await eventually(over, 'the work ends');
      process.stderr.write(
        `      ${what} ended ${Math.round(performance.now() - asked)} ms after the cancel\n`,
      );
      assert.equal(
        await Promise.race([ended, delay(50, 'waits')]),
        'waits',
        'until Temporal cancels the activity',
      );
      environment.cancel();
      assert.ok((await ended) instanceof CancelledFailure);
      await nothingSaid(run);
    });

    it(`stops ${what} when Temporal cancels the activity, without a notice`, async () => {
      const { run, environment, ended, over } = await begun();
      environment.cancel();
      assert.ok((await ended) instanceof CancelledFailure);
      await eventually(over, 'the work ends');
      await nothingSaid(run);
    });

    it(`stops ${what} when the worker shuts down`, async () => {
      const { run, environment, ended, over } = await begun();
      environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
      assert.ok((await ended) instanceof CancelledFailure);
      await eventually(over, 'the work ends');
      await nothingSaid(run);
    });
  }

  for (const [reason, details] of [
    ['TIMED_OUT', { timedOut: true }],
    ['NOT_FOUND', { notFound: true }],
  ] as const) {
    it(`stops a paid call only on the cancel, not when the server abandons its activity (${reason})`, async () => {
      const { run, environment, ended, call } = await calling();
      give(environment, reason, details);
      assert.equal(await Promise.race([ended, delay(50, 'goes on')]), 'goes on');
      assert.equal(call.outcome, 'open');
      await requestCancellation(bench().db, run.id);
      await eventually(() => call.outcome === 'abandoned', 'the request ends');
      assert.ok((await ended) instanceof CancelledFailure);
    });

    it(`is not needed to stop a test whose activity the server has abandoned (${reason})`, async () => {
      const { run, environment, ended } = await testing();
      give(environment, reason, details);
      assert.ok((await ended) instanceof CancelledFailure);
      assert.ok(noneLeft());
      await nothingSaid(run);
    });
  }

  it('is not needed to stop an abandoned call whose worker shuts down', async () => {
    const { environment, ended, call } = await calling();
    give(environment, 'NOT_FOUND', { notFound: true });
    const lines: string[] = [];
    stopWorkers([{ getState: () => 'RUNNING', shutdown: () => lines.push('to stop') }], bench().context);
    assert.deepEqual(lines, ['to stop']);
    assert.equal(call.outcome, 'open', 'it has its grace period');
    assert.ok((await ended) instanceof CancelledFailure);
    await eventually(() => call.outcome === 'abandoned', 'the request ends');
  });

  it('reaches the worker even when the listening connection is lost at that moment', async () => {
    const { run, environment, ended, call } = await calling();
    const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'leadwright listener'`;
    await bench().db.pool.query(others);
    await requestCancellation(bench().db, run.id);
    await eventually(() => call.outcome === 'abandoned', 'the request ends');
    environment.cancel();
    await ended;
  });

  it('stops nothing in another run', async () => {
    const { environment, ended, call } = await calling();
    const { run: other } = await begin();
    await requestCancellation(bench().db, other.id);
    await cancelRun(bench().db, other.id);
    assert.equal(await Promise.race([ended, delay(50, 'goes on')]), 'goes on');
    assert.equal(call.outcome, 'open');
    environment.cancel();
    await ended;
  });

  it('shows a call whose worker was killed before as possibly billed', async () => {
    const { run, agent } = await begin();
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    const { context, dead } = killedAt(await bench().anotherWorker(), 'store_answer', 'before');
    assert.equal(await Promise.race([run.on(context).model.turn(agent.turnInput()), dead]), 'dead');
    await requestCancellation(bench().db, run.id);
    await run.record.cancelRun({ runId: run.id });
    const { status, usage } = await run.view();
    assert.equal(status, 'cancelled');
    assert.equal(usage.possiblyBilled.calls, 1);
    assert.ok(usage.possiblyBilled.costUsd > 0);
  });

  it('has no effect after the run has ended, even when the run is retried', async () => {
    const { run } = await begin();
    const asked = async () => {
      const { rows } = await bench().db.pool.query<{ cancel_requested: boolean }>(
        'SELECT cancel_requested FROM runs WHERE id = $1',
        [run.id],
      );
      return rows[0]?.cancel_requested;
    };
    await requestCancellation(bench().db, run.id);
    assert.equal(await asked(), true);
    await run.record.reportRun({ runId: run.id, status: 'failed', reason: 'a bug' });
    await cancelRun(bench().db, run.id);
    assert.deepEqual([(await run.view()).status, await asked()], ['failed', false]);
    await requestCancellation(bench().db, run.id);
    assert.equal(await asked(), false);
  });

  function give(environment: MockActivityEnvironment, reason: 'TIMED_OUT' | 'NOT_FOUND', details: object) {
    environment.cancel(reason, new ActivityCancellationDetails(details));
  }

  /** Whether no process of a test is left. */
  function noneLeft(): boolean {
    const trees = bench().context.paths.trees;
    return readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .every((pid) => !mentions(pid, trees));
  }

  async function nothingSaid(run: TestRun): Promise<void> {
    assert.deepEqual(await run.events('tests.finished'), []);
    assert.deepEqual(await run.events('blocker.raised'), []);
    assert.equal((await run.task('a')).status, 'in_progress', 'only the lead records the cancellation');
    assert.deepEqual(readdirSync(bench().context.paths.trees), []);
  }
});

function mentions(pid: string, folder: string): boolean {
  try {
    const seen = [readFileSync(`/proc/${pid}/environ`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`)];
    return seen.some((text) => text.includes(folder));
  } catch {
    return false;
  }
}

/** The error that the work was rejected with; fails the test when it was not rejected. */
function settled(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.fail('it ended by itself'),
    (error: unknown) => error,
  );
}
