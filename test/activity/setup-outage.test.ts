import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activitiesOf } from '../../src/activities/index.js';
import { listOpenBlockers } from '../../src/db/blockers.js';
import type { TestInput } from '../../src/contract/payloads.js';
import { AgentSteps } from '../support/agent-steps.js';
import { useBench, type TestRun } from '../support/activity-bench.js';
import { writes } from '../support/answers.js';
import { activityEnvironment } from '../support/test-bench.js';

const FILES = { 'a.txt': 'a\n' };

describe('a set-up that fails during a run', () => {
  const bench = useBench();
  const registry = () => join(bench().folder, 'registry');
  const isAway = (away: boolean) => {
    if (away) rmSync(registry(), { force: true });
    else writeFileSync(registry(), '');
  };
  /** As after an eviction, or on another machine. */
  const forgetLayers = () => {
    const { setupLayers } = bench().context.paths;
    rmSync(setupLayers, { recursive: true });
    mkdirSync(setupLayers);
  };
  /** A task whose submission is to be tested where no set-up was made yet. */
  const submitted = async (setup: string, path = 'n.txt') => {
    isAway(false);
    const run = await bench().start({ test: 'true', setup, tasks: [{ id: 'a', title: 'Do it' }] }, FILES);
    assert.equal(await run.sandbox.checkBase({ runId: run.id }), true);
    bench().answer = () => writes({ [path]: 'new\n' });
    const agent = new AgentSteps(run, 'a');
    assert.equal(await agent.turn(), 'test');
    const input = agent.testInput(await agent.submitted());
    forgetLayers();
    return { run, input };
  };
  const test = (input: TestInput, attempt: number) =>
    activityEnvironment({ attempt }).run(activitiesOf('sandbox', bench().context).test, input);
  const questions = async (run: TestRun) =>
    (await listOpenBlockers(bench().db, run.id)).map(({ reason, question }) => [reason, question] as const);

  it('is an outage when it fails at the base too: the work waits, and a person is asked once', async () => {
    const { run, input } = await submitted(`echo fetching; cat ${registry()}`);
    isAway(true);
    for (const attempt of [1, 2])
      await assert.rejects(test(input, attempt), {
        type: 'SetupOutage',
        message: /worked at the base of the run, and fails there now: .*fetching/,
      });
    const [[reason, question] = [], ...more] = await questions(run);
    assert.deepEqual([reason, more], ['setup', []]);
    assert.match(question ?? '', /tried again every minute/);
    assert.equal((await run.task('a')).attempts, 0, 'no verdict on the work');
    isAway(false);
    assert.deepEqual(await test(input, 3), { next: 'land' });
    assert.deepEqual(await questions(run), []);
  });

  it('is over also when the registry is back between the set-up of the work and that of the base', async () => {
    const tries = join(bench().folder, 'tries');
    // Away, it answers from the fourth try on: an attempt makes two, of the work and of the base.
    const answers = `test -e ${registry()} || { echo >> ${tries}; test $(wc -l < ${tries}) -gt 3; }`;
    const { run, input } = await submitted(answers);
    isAway(true);
    await assert.rejects(test(input, 1), { type: 'SetupOutage' });
    assert.deepEqual(await test(input, 2), { next: 'land' });
    assert.deepEqual(await questions(run), []);
  });

  it('is over also when another task has got the same verdict meanwhile', async () => {
    const { run, input } = await submitted(`cat ${registry()}`);
    // Tasks that begin on one commit try the same test there.
    const { runId, taskId, commit: start } = input;
    const tryTest = (attempt: number) =>
      activityEnvironment({ attempt }).run(activitiesOf('sandbox', bench().context).tryTest, {
        ...{ runId, taskId, start, testTimeoutMs: 10_000 },
      });
    isAway(true);
    await assert.rejects(tryTest(1), { type: 'SetupOutage' });
    isAway(false);
    const ofOther = await tryTest(1);
    assert.equal(await tryTest(2), ofOther);
    assert.deepEqual(await questions(run), []);
  });

  /** Set-ups that fetch what `n.txt` names, which one of two tasks adds. */
  const FETCHES = () => `cat n.txt ; echo fetching; cat ${registry()}`;
  const begun = (retest: 'overlap' | 'always') =>
    bench().start(
      { test: 'true', setup: FETCHES(), retest, tasks: ['a', 'b'].map((id) => ({ id, title: `Do ${id}` })) },
      FILES,
    );
  const ready = async (run: TestRun, id: string, path: string) => {
    const agent = new AgentSteps(run, id);
    bench().answer = () => writes({ [path]: 'new\n' });
    await agent.untilReady();
    return agent.candidate();
  };

  it('is an outage when it fails where the task began, with a dependency that has landed since the base', async () => {
    isAway(false);
    const run = await begun('overlap');
    const candidates = [await ready(run, 'a', 'n.txt')];
    const { tip } = await run.record.land({ runId: run.id, candidates });
    const agent = new AgentSteps(run, 'b');
    agent.work = { start: tip, commit: tip, draft: tip };
    bench().answer = () => writes({ 'other.txt': 'new\n' });
    assert.equal(await agent.turn(), 'test');
    const input = agent.testInput(await agent.submitted());
    forgetLayers();
    isAway(true);
    await assert.rejects(test(input, 1), {
      type: 'SetupOutage',
      message: new RegExp(`also fails at the commit ${tip.slice(0, 12)}.*fetching`),
    });
    assert.deepEqual(
      (await questions(run)).map(([reason]) => reason),
      ['setup'],
    );
    assert.equal((await run.task('b')).attempts, 0, 'no verdict on the work');
    isAway(false);
    assert.deepEqual(await test(input, 2), { next: 'land' });
    assert.deepEqual(await questions(run), []);
  });

  for (const [whose, paths] of [
    ['what landed', ['n.txt', 'other.txt']],
    ['the task', ['other.txt', 'n.txt']],
  ] as const)
    it(`is an outage of the test of a merge, with a dependency of ${whose}: the merge keeps its place`, async () => {
      isAway(false);
      const run = await begun('always');
      const candidates = [await ready(run, 'a', paths[0]), await ready(run, 'b', paths[1])];
      const land = () => run.record.land({ runId: run.id, candidates });
      const { landed, untested } = await land();
      assert.deepEqual([landed, untested.length], [['a'], 1]);
      const testMerge = async () => {
        for (const merge of untested)
          await run.sandbox.testMerge({ runId: run.id, ...merge, timeoutMs: 10_000 });
      };
      forgetLayers();
      isAway(true);
      await assert.rejects(testMerge(), { type: 'SetupOutage' });
      const waiting = await land();
      assert.deepEqual([waiting.requeued, waiting.untested], [[], untested], 'nothing was said about it');
      isAway(false);
      await testMerge();
      assert.deepEqual((await land()).landed, ['a', 'b']);
    });

  it('is redone from the base when only the commit breaks it, with the same inputs', async () => {
    const { run, input } = await submitted('test ! -e "$PWD"/n.txt');
    assert.deepEqual(await test(input, 1), { next: 'land' });
    assert.deepEqual(await questions(run), []);
  });

  it('is the agent’s failure when the commit changes what it depends on', async () => {
    const { run, input } = await submitted('! cat n.txt');
    assert.deepEqual(await test(input, 1), { next: 'correct' });
    assert.deepEqual(await questions(run), []);
  });
});
