import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../../src/activities/test.js';
import type { EventOf } from '../../src/contract/events.js';
import { listOpenBlockers } from '../../src/db/blockers.js';
import { listTestedCommits } from '../../src/db/run-view.js';
import { outputFilePath, removeOutputs } from '../../src/sandbox/output-files.js';
import { AgentSteps } from '../support/agent-steps.js';
import { lastText, submits, writes } from '../support/answers.js';
import { activityEnvironment, useBench } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';

/** Fails with a message like mocha's until the file contains `good`. */
const CHECK = 'grep -q good n.txt || { echo "AssertionError: n.txt is not good"; exit 3; }';
const PLAN = { test: CHECK, tasks: [{ id: 'a', title: 'Do it' }] };

describe('testing an attempt', () => {
  const bench = useBench();
  const begin = async (command = CHECK) => {
    const run = await bench().start({ ...PLAN, test: command }, { 'a.txt': 'a\n' });
    const agent = new AgentSteps(run, 'a');
    const submit = async (content: string) => {
      bench().answer = () => writes({ 'n.txt': content });
      await agent.turn();
      const applied = await agent.repeat();
      assert.ok(applied.next === 'test');
      return applied.commit;
    };
    return { run, agent, submit };
  };

  it('makes it ready to land when the test passes', async () => {
    const { run, agent, submit } = await begin();
    const commit = await submit('good');
    assert.equal(await agent.test(commit), 'land');
    assert.deepEqual(
      (await run.events('tests.finished')).map(({ data }) => {
        const { ms, summary, ...rest } = data;
        assert.ok(ms >= 0 && summary !== '');
        return rest;
      }),
      [{ attempt: 1, commit, command: CHECK, passed: true, exitCode: 0 }],
    );
    const { attempts, corrections, status } = await run.task('a');
    assert.deepEqual([attempts, corrections, status], [1, 0, 'in_progress']);
  });

  it('keeps the whole output of a failed test, without secrets, readable by this user only', async () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const command = `seq 100000; echo ${secret}; exit 1`;
    const { run, agent, submit } = await begin(command);
    const commit = await submit('bad');
    assert.equal(await agent.test(commit), 'correct');
    const file = outputFilePath(bench().context.paths.outputs, { runId: run.id, commit, command });
    const output = readFileSync(file, 'utf8');
    assert.match(output, /^1\n2\n3\n[^]*\n50000\n[^]*\n100000\n/);
    assert.ok(!output.includes(secret));
    assert.equal(statSync(file).mode & 0o077, 0);
    // As `clean` does.
    const tested = await listTestedCommits(bench().db, run.id);
    const keys = tested.map((test) => ({ ...test, runId: run.id }));
    await removeOutputs(bench().context.paths.outputs, keys);
    assert.ok(!existsSync(file), 'it is deleted with its run');
  });

  it('starts a correction after a failed test, with the failure in the prompt, and counts it when it is submitted', async () => {
    const { run, agent, submit } = await begin();
    assert.equal(await agent.test(await submit('bad')), 'correct');
    assert.deepEqual(
      (await run.events('correction.started')).map(({ data }) => data),
      [{ attempt: 2, correction: 1, reason: summaryOf(await run.events('tests.finished')) }],
    );
    const commit = await submit('good');
    const prompt = lastText(bench().model.requests.at(-1) ?? assert.fail());
    assert.match(prompt, /^The tests failed \(grep/);
    assert.match(prompt, /AssertionError: n\.txt is not good/);
    assert.equal(await agent.test(commit), 'land');
    const { attempts, corrections } = await run.task('a');
    assert.deepEqual([attempts, corrections], [2, 1]);
  });

  it('gives one verdict, one event and one correction when repeated', async () => {
    const { run, agent, submit } = await begin();
    const input = agent.testInput(await submit('bad'));
    assert.deepEqual(await run.sandbox.test(input), { next: 'correct' });
    assert.deepEqual(await run.sandbox.test(input), { next: 'correct' });
    assert.equal((await run.events('tests.finished')).length, 1);
    assert.equal((await run.events('correction.started')).length, 1);
    assert.equal((await run.task('a')).attempts, 1);
  });

  it('keeps the first verdict when repeated on a machine that would give another one', async () => {
    const { run, agent, submit } = await begin('[ "$LANG" = here ]');
    const input = agent.testInput(await submit('x'));
    assert.deepEqual(await run.sandbox.test(input), { next: 'correct' });
    const { context } = bench();
    const elsewhere = run.on({ ...context, env: { ...context.env, LANG: 'here' } }).sandbox;
    assert.deepEqual(await elsewhere.test(input), { next: 'correct' });
    // Its next attempt gets a new verdict.
    assert.equal(await agent.test(input.commit), 'correct');
    const commit = await submit('y');
    assert.deepEqual(await elsewhere.test(agent.testInput(commit)), { next: 'land' });
  });

  it('tests a tree again that timed out, when the new timeout is longer', async () => {
    const { run, agent, submit } = await begin('sleep 0.5');
    assert.equal(await agent.test(await submit('x'), 3, 100), 'correct');
    bench().answer = () => submits();
    await agent.turn();
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.equal(await agent.test(applied.commit, 3, 20_000), 'land');
    assert.equal((await run.events('tests.finished')).length, 2);
  });

  it('blocks the task when no correction is left', async () => {
    const { run, agent, submit } = await begin();
    assert.equal(await agent.test(await submit('bad'), 1), 'correct');
    assert.equal(await agent.test(await submit('worse'), 1), 'blocked');
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.equal(blocker?.reason, 'tests_failed');
    assert.match(
      blocker.question,
      /^After 2 attempts its tests \(.*\) still fail: .*n\.txt is not good.* Give a hint/,
    );
    assert.equal((await run.events('correction.started')).length, 1);
    assert.equal((await run.task('a')).status, 'blocked');
  });

  it('runs nothing for a tree that was tested before', async () => {
    const count = join(bench().folder, 'count');
    rmSync(count, { force: true });
    const { run, agent } = await begin(`echo x >> ${count}; exit 1`);
    // One, another, and the first again; a tree that is submitted twice in a row is tested twice.
    const files = ['one\n', 'two\n', 'one\n'];
    for (const content of files) {
      bench().answer = () => submits({ path: 'again.txt', action: 'create', content });
      await agent.turn();
      const applied = await agent.repeat();
      assert.ok(applied.next === 'test');
      assert.equal(await agent.test(applied.commit), 'correct');
    }
    assert.equal(readFileSync(count, 'utf8'), 'x\nx\n');
    assert.equal((await run.events('tests.finished')).length, 3, 'each attempt still has its verdict');
  });

  it('gives a failed verdict on a timeout', async () => {
    const { run, agent, submit } = await begin('sleep 300');
    assert.equal(await agent.test(await submit('x'), 3, 100), 'correct');
    assert.match(summaryOf(await run.events('tests.finished')), /it was not done after \d/);
  });

  it('runs on the files of the commit without the worker’s secrets, and leaves no folder', async () => {
    const seen = join(bench().folder, 'seen');
    const { agent, submit } = await begin(`{ cat n.txt; ls; env; } > ${seen}`);
    assert.equal(await agent.test(await submit('committed\n')), 'land');
    const text = readFileSync(seen, 'utf8');
    assert.match(text, /^committed\na\.txt\nn\.txt\n/);
    assert.doesNotMatch(text, /DATABASE_URL|ANTHROPIC|a-key/);
    assert.deepEqual(readdirSync(bench().context.paths.trees), []);
  });

  it('kills the process and gives no verdict when cancelled', async () => {
    const pidFile = join(bench().folder, 'pid');
    const { run, agent, submit } = await begin(`sleep 300 & echo $! > ${pidFile}; wait`);
    const input = agent.testInput(await submit('x'));
    const environment = activityEnvironment();
    const testing = environment.run(test, bench().context, input);
    const ended = assert.rejects(testing, /CANCELLED/i);
    await eventually(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '', 'the test runs');
    environment.cancel();
    await ended;
    assert.ok(!isRunning(readFileSync(pidFile, 'utf8').trim()), 'the process that it started is gone');
    assert.deepEqual(await run.events('tests.finished'), []);
    assert.deepEqual(readdirSync(bench().context.paths.trees), []);
  });
});

/** Whether a process is running: neither gone nor a zombie. */
function isRunning(pid: string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

function summaryOf([finished]: readonly EventOf<'tests.finished'>[]): string {
  return finished?.data.summary ?? '';
}
