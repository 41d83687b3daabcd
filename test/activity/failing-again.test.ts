import assert from 'node:assert/strict';
import { recordAnswer } from '../../src/db/blockers.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { taskRange } from '../../src/runs/report/run-diff.js';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGraph } from '../../src/db/lead-graph.js';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, edits, fails, lastText, submits, writes } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

describe('a task that fails again', () => {
  const bench = useBench();
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leadwright-again-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = async (test: string, changes: Partial<TestPlan> = {}) => {
    const plan = { test, tasks: [{ id: 'sum', title: 'Sum the cart' }], ...changes };
    const run = await bench().start(plan, { 'a.txt': 'a\n' });
    return { run, agent: new AgentSteps(run, 'sum') };
  };
  const answering = (...answers: readonly Answer[]): RecordedRequest[] => {
    const asked: RecordedRequest[] = [];
    bench().answer = (request) => {
      asked.push(request);
      return answers[asked.length - 1] ?? fails(500);
    };
    return asked;
  };
  /** Applies and tests the submission of the last turn. */
  const judge = async (agent: AgentSteps) => {
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    return agent.test(applied.commit);
  };
  const summaries = async (id: string): Promise<string[]> => {
    const { rows } = await bench().db.pool.query<{ summary: string }>(
      `SELECT data ->> 'summary' AS summary FROM events WHERE run_id = $1 AND type = 'tests.finished' ORDER BY seq`,
      [id],
    );
    return rows.map(({ summary }) => summary);
  };

  it('is tested once more when its tree is submitted again, and no third time', async () => {
    const counted = `echo x >> ${folder}/runs; wc -l < ${folder}/runs >&2; exit 1`;
    const { agent } = await begin(counted);
    answering(writes({ 'b.txt': 'b\n' }), submits(), submits());
    for (let attempt = 1; attempt <= 3; attempt++) {
      assert.equal(await agent.turn(), 'test');
      await judge(agent);
    }
    const { readFileSync } = await import('node:fs');
    assert.equal(readFileSync(join(folder, 'runs'), 'utf8'), 'x\nx\n');
  });

  it('is reported as flaky when the same tree passes then, and a third run decides', async () => {
    const thirdOfThree = `echo x >> ${folder}/runs; test "$(wc -l < ${folder}/runs)" -gt 1`;
    const { run, agent } = await begin(thirdOfThree);
    answering(writes({ 'b.txt': 'b\n' }), submits());
    await agent.turn();
    assert.equal(await judge(agent), 'correct');
    await agent.turn();
    assert.equal(await judge(agent), 'land');
    const [first = '', second = ''] = await summaries(run.id);
    assert.doesNotMatch(first, /flaky/);
    assert.match(second, /^flaky test/);
    assert.ok(existsSync(join(folder, 'runs')));
  });

  it('starts again from its start, with a summary, after the same failure twice', async () => {
    const { agent } = await begin('echo "expected 3, got 4" >&2; exit 1');
    const asked = answering(
      writes({ 'b.txt': 'one\n' }),
      submits({ path: 'b.txt', action: 'modify', content: 'two\n' }),
      { text: 'Both numbers were wrong.' },
      writes({ 'c.txt': 'three\n' }),
    );
    await agent.turn();
    assert.equal(await judge(agent), 'correct');
    await agent.turn();
    assert.equal(await judge(agent), 'start_again');
    agent.startAgain();
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    const last = asked[3];
    assert.ok(last !== undefined && last.body.messages.length === 1);
    assert.match(lastText(last), /Both numbers were wrong\..*None of the earlier changes/s);
    assert.match(lastText(last), /you may correct your work once\. You may run 60 commands/);
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.equal(await bench().context.store.readFile(applied.commit, 'b.txt'), null);
  });

  it('uses all its attempts when the model answers with nothing but calls', async () => {
    const { run, agent } = await begin('echo "expected 3, got 4" >&2; exit 1');
    const asked: RecordedRequest[] = [];
    bench().answer = (request) => {
      asked.push(request);
      return writes({ 'b.txt': 'wrong\n' });
    };
    const nexts: string[] = [];
    for (let turns = 0; turns < 10 && nexts.at(-1) !== 'blocked'; turns++) {
      const turned = await agent.turn();
      if (turned !== 'test') {
        nexts.push(turned);
        continue;
      }
      nexts.push(await judge(agent));
      if (nexts.at(-1) === 'start_again') agent.startAgain();
    }
    assert.deepEqual(nexts, ['correct', 'start_again', 'continue', 'start_again', 'continue', 'blocked']);
    const { rows } = await bench().db.pool.query(
      'SELECT reason, (SELECT count(*)::int FROM attempts WHERE run_id = $1) AS attempts FROM blockers WHERE run_id = $1',
      [run.id],
    );
    assert.deepEqual(rows, [{ reason: 'tests_failed', attempts: 4 }]);
    assert.equal(asked.length, 6, 'four attempts, and two calls that gave no summary');
    assert.match(asked[3] === undefined ? '' : lastText(asked[3]), /None of the earlier changes/);
  });

  it('starts again from its start in its next workflow too', async () => {
    const { run, agent } = await begin('echo "expected 3, got 4" >&2; exit 1');
    answering(
      writes({ 'b.txt': 'one\n' }),
      submits({ path: 'b.txt', action: 'modify', content: 'two\n' }),
      { text: 'Both numbers were wrong.' },
      calls('run_command', { command: 'true' }),
    );
    await agent.turn();
    await judge(agent);
    await agent.turn();
    assert.equal(await judge(agent), 'start_again');
    const { start, commit } = agent.work;
    const recorded = async () => (await readGraph(bench().db, run.id, 0)).tasks[0]?.progress?.work;
    assert.deepEqual(await recorded(), { start, commit, draft: start });
    agent.startAgain();
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'continue');
    assert.deepEqual(await recorded(), { start, commit, draft: start }, 'after a command');

    bench().answer = () => calls('ask_human', { question: 'Enough?' });
    assert.equal(await agent.turn(), 'blocked');
    const key = { runId: run.id, taskId: taskId(agent.id) };
    const { store } = bench().context;
    assert.deepEqual(await taskRange(bench().db, store, key), { from: start, to: commit });
    const choice = { kind: 'accept' } as const;
    await recordAnswer(bench().db, blockerId(`${run.id}:${agent.id}:1`), {
      by: 'ada',
      choice,
      text: '',
      addUsd: 0,
    });
    const { tip, landed } = await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    assert.deepEqual(landed, [agent.id]);
    assert.equal(await run.text(tip, 'b.txt'), 'two\n', 'the last work, and not the empty draft');
  });

  it('continues its conversation after another failure', async () => {
    const { agent } = await begin('echo "expected 3, got $(cat b.txt)" >&2; exit 1');
    answering(writes({ 'b.txt': '1\n' }), submits({ path: 'b.txt', action: 'modify', content: '2\n' }));
    await agent.turn();
    assert.equal(await judge(agent), 'correct');
    await agent.turn();
    assert.equal(await judge(agent), 'correct');
  });

  it('is given to the model of `escalate` in a new conversation', async () => {
    const { agent } = await begin('cat b.txt; exit 1', {
      escalate: { after: 1, model: 'claude-opus-5-5' },
    });
    const asked = answering(writes({ 'b.txt': '1\n' }), submits());
    await agent.turn();
    assert.equal(await judge(agent), 'correct');
    await agent.turn();
    assert.deepEqual(
      asked.map(({ body }) => [body.model, body.messages.length]),
      [
        ['claude-sonnet-5-5', 1],
        ['claude-opus-5-5', 1],
      ],
    );
    const message = asked[1] === undefined ? '' : lastText(asked[1]);
    assert.match(message, /^# Sum the cart/);
    assert.match(message, /^\+1$/m, 'the changes so far');
    assert.match(message, /The last outcome:/);
  });

  it('has a file replaced as a whole only once its new conversation has shown it', async () => {
    const { agent } = await begin('exit 1', { escalate: { after: 1, model: 'claude-opus-5-5' } });
    const replaces = (content: string) => edits({ path: 'a.txt', action: 'modify', content });
    const asked = answering(
      calls('read_file', { path: 'a.txt' }),
      writes({ 'b.txt': '1\n' }),
      replaces('blind\n'),
      edits({ path: 'a.txt', action: 'modify', edits: [{ search: 'a', replace: 'A' }] }),
      calls('read_file', { path: 'a.txt' }),
      replaces('seen\n'),
      replaces('again\n'),
      submits(),
    );
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    assert.equal(await judge(agent), 'correct');
    const text = async () => String(await bench().context.store.readFile(agent.work.draft, 'a.txt'));
    const texts: string[] = [];
    for (let turn = 1; turn <= 5; turn++) {
      assert.equal(await agent.turn(), 'continue');
      texts.push(await text());
    }
    assert.deepEqual(texts, ['a\n', 'A\n', 'A\n', 'seen\n', 'again\n']);
    assert.equal(await agent.turn(), 'test');
    assert.match(lastText(asked[2] ?? assert.fail()), /read it again before you replace its whole content/);
    assert.match(lastText(asked[3] ?? assert.fail()), /"a\.txt": .*read all of it as it is now/);
  });

  it('begins with its own model when it has one', async () => {
    const tasks = [{ id: 'sum', title: 'Sum the cart', model: 'claude-haiku-5-5' }];
    const { agent } = await begin('true', { tasks });
    const [first] = await (async () => {
      const asked = answering(writes({ 'b.txt': '1\n' }));
      await agent.turn();
      return asked;
    })();
    assert.equal(first?.body.model, 'claude-haiku-5-5');
  });
});
