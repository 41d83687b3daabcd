import assert from 'node:assert/strict';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { UsageError } from '../../src/contract/errors.js';
import { answerBlocker, listOpenBlockers } from '../../src/db/blockers.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { createReadQueries } from '../../src/server/read-queries.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, writes } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

const FILES = { 'a.txt': 'one\ntwo\n' };
const PLAN: TestPlan = { test: 'test -e good.txt', tasks: [{ id: 'a', title: 'Do it', files: ['a.txt'] }] };

describe('what people see of an agent at work', () => {
  const bench = useBench();

  async function begin(answers: readonly Answer[], plan = PLAN) {
    const run = await bench().start(plan, FILES);
    let given = 0;
    bench().answer = () => answers[given++] ?? assert.fail('no answer left');
    const { db, store } = bench().context;
    const queries = createReadQueries({
      db,
      store: () => Promise.resolve(store),
      urls: () => ({ dashboard: '', temporal: null }),
      workflowUrl: () => null,
    });
    const key = { runId: run.id, taskId: taskId('a') };
    return { agent: new AgentSteps(run, 'a'), queries, key };
  }

  it('is the draft of each turn, its commands and their whole output', async () => {
    const edit = {
      name: 'edit_files',
      input: {
        files: [
          { path: 'a.txt', action: 'modify', edits: [{ search: 'two', replace: 'three' }] },
          { path: 'unknown.txt', action: 'modify', content: 'x' },
        ],
      },
    };
    const command = {
      name: 'run_command',
      input: { command: 'seq 1 5000; cp a.txt kept.txt; exit 3', keep: ['kept.txt'] },
    };
    const look = { name: 'read_file', input: { path: 'a.txt' } };
    const { agent, queries, key } = await begin([{ tools: [look, edit, command] }, calls('list_files', {})]);
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'continue');

    const page = (await queries.task(key)) ?? assert.fail();
    const [first, second] = page.turns;
    assert.ok(first !== undefined && second !== undefined);
    const [looked, edited, ran] = first.toolCalls;
    assert.deepEqual([looked?.result, looked?.outputId, second.draft], [null, null, null]);
    assert.match(edited?.result?.text ?? '', /^Changed a\.txt\.\nNot changed:\n"unknown\.txt": /);
    assert.deepEqual(
      [edited?.result?.changedDraft, edited?.result?.isError, edited?.result?.command],
      [true, true, null],
    );
    const { ms = -1, ...done } = ran?.result?.command ?? {};
    assert.deepEqual(done, { command: command.input.command, exitCode: 3, kept: ['kept.txt'] });
    assert.ok(ms >= 0);
    assert.equal(ran?.outputId, 'command-1-3');
    assert.ok((ran.result?.text.length ?? 0) < 10_000, 'the output is shortened');

    const whole = await queries.output(key, 'command-1-3');
    assert.deepEqual(
      whole?.output.trimEnd().split('\n'),
      Array.from({ length: 5_000 }, (_, n) => String(n + 1)),
    );
    for (const other of ['command-1-1', 'command-2-1', 'test-1', 'x']) {
      assert.equal(await queries.output(key, other), null, other);
    }

    const { diff } = await queries.diff(key, { kind: 'turn', number: 1 });
    assert.match(diff, /^-two\n\+three$/m);
    assert.match(diff, /^\+\+\+ b\/kept\.txt$/m);
    const { from, to } = first.draft ?? assert.fail('turn 1 changed the draft');
    assert.deepEqual(await bench().context.store.changedLines(from, to), [
      { path: 'a.txt', added: 1, removed: 1 },
      { path: 'kept.txt', added: 2, removed: 0 },
    ]);
    assert.deepEqual(await queries.diff(key, { kind: 'turn', number: 2 }), { diff: '', truncated: false });
    await assert.rejects(queries.diff(key, { kind: 'turn', number: 3 }), UsageError);
  });

  it('is where a conversation was summarised, and why', async () => {
    const { agent, queries, key } = await begin([
      calls('list_files', {}),
      { text: 'No room left.', stop_reason: 'model_context_window_exceeded' },
      { text: 'The summary.' },
      calls('list_files', {}),
      { text: 'A shorter summary.' },
      writes({ 'good.txt': 'x' }),
    ]);
    for (let turn = 0; turn < 4; turn++) assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn({ tooLong: 1 }), 'continue');
    assert.equal(await agent.turn(), 'test');
    const { turns, conversations } = (await queries.task(key)) ?? assert.fail();
    assert.deepEqual(
      turns.map(({ conversation, isSummary }) => [conversation, isSummary]),
      [
        [1, false],
        [1, false],
        [1, true],
        [2, false],
        [2, true],
        [3, false],
      ],
    );
    assert.deepEqual(
      conversations.map(({ number, firstTurn, begun }) => [number, firstTurn, begun?.reason]),
      [
        [1, 1, undefined],
        [2, 4, 'full'],
        [3, 6, 'too_long'],
      ],
    );
    const [, before, summary] = turns;
    assert.deepEqual(conversations[1]?.begun?.summarized, {
      fromTokens: (before?.inputTokens ?? 0) + (before?.outputTokens ?? 0),
      toTokens: summary?.outputTokens,
    });
  });

  it('is which conversation was refused', async () => {
    const { agent, queries, key } = await begin([{ stop_reason: 'refusal' }, calls('list_files', {})]);
    assert.equal(await agent.turn(), 'blocked');
    const [blocker] = await listOpenBlockers(bench().db, key.runId);
    assert.ok(await answerBlocker(bench().db, blockerId(blocker?.id ?? ''), 'ada', 'Do without.'));
    assert.equal(await agent.turn(), 'continue');
    const { conversations } = (await queries.task(key)) ?? assert.fail();
    assert.deepEqual(conversations[1]?.begun, { reason: 'refused', summarized: null });
  });

  it('is which conversation failed twice alike, and which model went on', async () => {
    const { agent, queries, key } = await begin(
      [
        writes({ 'b.txt': 'one' }),
        writes({ 'c.txt': 'two' }),
        { text: 'Try something else.' },
        calls('list_files', {}),
      ],
      { ...PLAN, test: 'echo not yet; exit 1', escalate: { after: 2, model: 'claude-opus-5-5' } },
    );
    for (let attempt = 1; attempt <= 2; attempt++) {
      assert.equal(await agent.turn(), 'test');
      const applied = await agent.repeat();
      assert.ok(applied.next === 'test');
      await agent.test(applied.commit);
    }
    agent.startAgain();
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'continue');
    const { conversations } = (await queries.task(key)) ?? assert.fail();
    assert.deepEqual(
      conversations.map(({ number, model, begun }) => [number, model, begun?.reason]),
      [
        [1, 'claude-sonnet-5-5', undefined],
        [2, 'claude-opus-5-5', 'same_failure'],
      ],
    );
  });

  it('is what its calls may have cost that were never fully answered', async () => {
    const { agent, queries, key } = await begin([{ ...calls('list_files', {}), delay: 60_000 }]);
    assert.equal((await queries.task(key))?.possiblyBilledUsd, 0);
    await agent.turn({ timeoutMs: 200 });
    const page = (await queries.task(key)) ?? assert.fail();
    assert.ok(page.possiblyBilledUsd > 0);
    assert.equal(page.task.costUsd, 0);
    assert.equal(page.possiblyBilledUsd, (await queries.graph(key.runId))?.possiblyBilledUsd);
  });

  it('is the share of its input that the provider had in its cache', async () => {
    const { agent, queries, key } = await begin([calls('list_files', {}), calls('list_files', {})]);
    assert.equal((await queries.task(key))?.cacheShare, null);
    await agent.turn();
    await agent.turn();
    const { turns, cacheShare } = (await queries.task(key)) ?? assert.fail();
    const [first, second] = turns;
    assert.ok(first !== undefined && second !== undefined && second.cachedTokens > 0);
    assert.equal(
      cacheShare,
      (first.cachedTokens + second.cachedTokens) / (first.inputTokens + second.inputTokens),
    );
  });
});
