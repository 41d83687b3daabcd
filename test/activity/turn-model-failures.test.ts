import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/activity';
import { answerBlocker, listOpenBlockers, recordAnswer } from '../../src/db/blockers.js';
import { correctEndpoint, readRun } from '../../src/db/task-record.js';
import { blockerId } from '../../src/contract/ids.js';
import { startScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Answer } from '../../src/model/scripted/script.js';
import type { TurnResult } from '../../src/contract/payloads.js';
import { livingWorker } from '../support/living-worker.js';
import { endLease } from '../../src/db/workers.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, fails, submits, writes } from '../support/answers.js';
import { useBench, type TestRun } from '../support/activity-bench.js';

const PLAN = {
  test: 'true',
  tasks: [
    { id: 'sum', title: 'Sum the cart' },
    { id: 'other', title: 'Another' },
  ],
};
const GOOD = writes({ 'new.ts': 'x\n' });
const says = (code: number, message: string): Answer => ({ status: { code, type: 'an_error', message } });
const WORDS = 'Let me think about what the cart adds up to.';

/** A first answer of the model, and the expected outcome of the turn. */
interface FailureCase {
  readonly what: string;
  readonly answer: Answer;
  /** `later`: Temporal retries the turn, after this many milliseconds when the provider set them. */
  readonly then: TurnResult['next'] | { readonly later: number | undefined };
  /** The state of its call in the ledger. */
  readonly call: 'answered' | 'refused' | 'lost';
  /** Whether the rate limiter slows all calls of this model. */
  readonly slows?: boolean;
  readonly blocker?: readonly [task: string | null, reason: string, question: RegExp];
  /** The timeout of the call, in milliseconds. */
  readonly timeoutMs?: number;
}

const LATER = { later: undefined };
const twoSubmissions = { tools: [...(GOOD.tools ?? []), ...(writes({ b: 'b' }).tools ?? [])] };
const CASES: readonly FailureCase[] = [
  {
    what: '429 with retry-after',
    answer: fails(429, 7),
    then: { later: 7_000 },
    call: 'refused',
    slows: true,
  },
  { what: '429 without retry-after', answer: fails(429), then: LATER, call: 'refused', slows: true },
  { what: '529', answer: fails(529), then: LATER, call: 'refused', slows: true },
  // Temporal would take a pause of nothing for "do not try again".
  { what: '529 with retry-after: 0', answer: fails(529, 0), then: LATER, call: 'refused', slows: true },
  { what: '500', answer: fails(500), then: LATER, call: 'refused' },
  { what: '503 with retry-after', answer: fails(503, 3), then: { later: 3_000 }, call: 'refused' },
  { what: '408', answer: fails(408), then: LATER, call: 'refused' },
  { what: '409', answer: fails(409), then: LATER, call: 'refused' },
  { what: 'a reset before anything', answer: { break: { by: 'reset' } }, then: LATER, call: 'lost' },
  {
    what: 'a reset in the middle of its stream',
    answer: { text: WORDS, break: { by: 'reset', after: 2 } },
    then: LATER,
    call: 'lost',
  },
  {
    what: 'an error in the middle of its stream',
    answer: { text: WORDS, break: { by: 'error', after: 1 } },
    then: LATER,
    call: 'lost',
    slows: true,
  },
  {
    what: 'a stall until the timeout of the call',
    answer: { text: WORDS, break: { by: 'stall', after: 1 } },
    then: 'again',
    call: 'lost',
    timeoutMs: 300,
  },
  {
    what: '400',
    answer: fails(400),
    then: 'blocked',
    call: 'refused',
    blocker: [
      'sum',
      'model_request',
      /refused the request \(400\): As told by the test\. With a hint, it is asked again\./,
    ],
  },
  {
    what: '422',
    answer: fails(422),
    then: 'blocked',
    call: 'refused',
    blocker: ['sum', 'model_request', /\(422\)/],
  },
  ...[401, 402, 403, 404].map((code): FailureCase => ({
    what: String(code),
    answer: fails(code),
    then: 'waiting_on_run',
    call: 'refused',
    blocker: [null, 'model_access', new RegExp(`\\(${code}\\): As told by the test.*Start Leadwright with`)],
  })),
  {
    what: '404 for the model of the run, which it keeps',
    answer: fails(404),
    then: 'waiting_on_run',
    call: 'refused',
    blocker: [null, 'model_access', /If the name is wrong, cancel this run and start another/],
  },
  {
    what: '400 because the credit is used up',
    answer: says(400, 'Your credit balance is too low'),
    then: 'waiting_on_run',
    call: 'refused',
    blocker: [null, 'model_access', /no money left/],
  },
  {
    what: '400 because the conversation is too long',
    answer: says(400, 'prompt is too long: 205001 tokens > 200000 maximum'),
    then: 'blocked',
    call: 'refused',
    blocker: ['sum', 'context', /no longer fits.*accept its work as it is, or skip it/],
  },
  {
    what: '413',
    answer: fails(413),
    then: 'blocked',
    call: 'refused',
    blocker: ['sum', 'context', /no longer fits/],
  },
  {
    what: 'a refusal',
    answer: { text: 'I will not.', stop_reason: 'refusal' },
    then: 'blocked',
    call: 'answered',
    blocker: ['sum', 'refusal', /I will not/],
  },
  {
    what: 'max_tokens after a complete tool call',
    answer: { ...GOOD, stop_reason: 'max_tokens' },
    then: 'test',
    call: 'answered',
  },
  { what: 'two submissions', answer: twoSubmissions, then: 'continue', call: 'answered' },
  {
    what: 'tool input that the schema does not allow',
    answer: calls('submit_changes', { files: 'all' }),
    then: 'continue',
    call: 'answered',
  },
  {
    what: 'a submission with content and edits',
    answer: submits({ path: 'a', action: 'modify', content: 'x', edits: [{ search: 'a', replace: 'b' }] }),
    then: 'continue',
    call: 'answered',
  },
];

describe('a turn whose model fails', () => {
  const bench = useBench();
  let requests = 0;
  /** Gives the answers in order, then repeats the last one. */
  const answering = (...answers: readonly Answer[]) => {
    requests = 0;
    bench().answer = () => answers[Math.min(requests++, answers.length - 1)] ?? assert.fail();
  };
  const begin = async () => {
    // A limit left by one test must not slow the next one.
    await bench().db.pool.query('DELETE FROM model_limits');
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    return { run, agent: new AgentSteps(run, 'sum') };
  };
  const ledger = async (run: TestRun) => {
    const found = await bench().db.pool.query<{ state: string }>(
      'SELECT state FROM model_calls WHERE run_id = $1 ORDER BY id',
      [run.id],
    );
    return found.rows.map(({ state }) => state);
  };
  const skipTask = (id: string) =>
    recordAnswer(bench().db, blockerId(id), { by: 'ada', choice: { kind: 'skip' }, text: '', addUsd: 0 });
  const blockersOf = async (run: TestRun) => listOpenBlockers(bench().db, run.id);

  for (const { what, answer, then, call, slows = false, blocker, timeoutMs = 20_000 } of CASES) {
    const outcome = typeof then === 'string' ? `ends ${then}` : 'is retried later';
    it(`${outcome} after ${what}; only a lost call is possibly billed`, async () => {
      const { run, agent } = await begin();
      answering(answer, GOOD);
      if (typeof then === 'string') assert.equal(await agent.turn({ timeoutMs }), then);
      else await assert.rejects(agent.turn({ timeoutMs }), isLater(then.later));
      assert.equal(requests, 1, 'the SDK repeats no call');
      assert.deepEqual(await ledger(run), [call]);
      const limits = await bench().db.pool.query('SELECT FROM model_limits');
      assert.equal(limits.rowCount, slows ? 1 : 0, 'only an overload slows the fleet');
      assert.equal((await run.view()).usage.modelCalls, call === 'answered' ? 1 : 0);
      assert.equal(
        (await run.view()).usage.possiblyBilled.calls,
        call === 'lost' ? 1 : 0,
        'before any repetition',
      );
      assert.deepEqual(
        (await blockersOf(run)).map(({ taskId, reason }) => [taskId, reason]),
        blocker === undefined ? [] : [blocker.slice(0, 2)],
      );
      if (blocker !== undefined) assert.match((await blockersOf(run))[0]?.question ?? '', blocker[2]);
      if (then === 'continue') assert.equal((await run.events('changes.refused')).length, 1);
      const status = blocker === undefined ? 'in_progress' : 'blocked';
      assert.equal((await run.task('sum')).status, status);

      // Without a blocker the task continues; a lost call stays as it is when it is repeated.
      if (blocker !== undefined) return;
      await bench().db.pool.query('DELETE FROM model_limits');
      assert.equal(await agent.turn(), 'test');
      const { modelCalls, possiblyBilled } = (await run.view()).usage;
      assert.equal(modelCalls, call === 'answered' ? 2 : 1);
      assert.equal(possiblyBilled.calls, call === 'lost' ? 1 : 0);
      assert.equal(possiblyBilled.costUsd > 0, call === 'lost');
      assert.equal((await run.events('model.call')).length, modelCalls);
    });
  }

  it('asks about the task alone when only its own model is not there, and names that model', async () => {
    const own = [{ id: 'sum', title: 'Sum the cart', model: 'claude-opus-9' }, ...PLAN.tasks.slice(1)];
    const run = await bench().start({ ...PLAN, tasks: own }, { 'a.txt': 'a\n' });
    const agent = new AgentSteps(run, 'sum');
    answering(fails(404), GOOD);
    assert.equal(await agent.turn(), 'blocked');
    const [blocker, ...others] = await blockersOf(run);
    assert.deepEqual([blocker?.taskId, blocker?.reason, others], ['sum', 'model_access', []]);
    assert.match(blocker?.question ?? '', /\(404\): As told by the test\. Model: claude-opus-9, /);
    assert.doesNotMatch(blocker?.question ?? '', /sonnet/);
    assert.equal(await new AgentSteps(run, 'other').turn(), 'test', 'the other task goes on');
    assert.ok(await skipTask(blocker?.id ?? ''));
    assert.equal((await run.task('sum')).status, 'skipped');
  });

  it('asks once for the whole run when the key is refused, whichever model is called', async () => {
    const own = PLAN.tasks.map((task) => ({ ...task, model: 'claude-opus-5-5' }));
    const run = await bench().start({ ...PLAN, tasks: own }, { 'a.txt': 'a\n' });
    answering(fails(401));
    for (const { id } of own) assert.equal(await new AgentSteps(run, id).turn(), 'waiting_on_run');
    const found = await blockersOf(run);
    assert.deepEqual(
      found.map(({ taskId, reason }) => [taskId, reason]),
      [[null, 'model_access']],
    );
    assert.match(found[0]?.question ?? '', /Model: claude-opus-5-5\./);
  });

  it('begins a new conversation after an answer about a refused request, with the work so far', async () => {
    const { run, agent } = await begin();
    const edit = { files: [{ path: 'new.txt', action: 'create', content: 'new\n' }] };
    answering(calls('edit_files', edit), fails(400), calls('list_files', {}), GOOD);
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'blocked');
    const [blocker] = await blockersOf(run);
    assert.match(blocker?.question ?? '', /With a hint, a new conversation begins/);
    assert.ok(await answerBlocker(bench().db, blockerId(blocker?.id ?? ''), 'ada', 'Leave images out.'));
    // The lead counts turns that were answered.
    agent.turns = 1;
    assert.equal(await agent.turn(), 'continue');
    const [message, ...others] = bench().model.requests.at(-1)?.body.messages ?? [];
    assert.deepEqual(others, [], 'what the server refused is not sent again');
    const sent = JSON.stringify(message);
    assert.match(sent, /Leave images out\./);
    assert.match(sent, /new\.txt/, 'its draft');
    assert.equal(await agent.turn(), 'test');
    assert.equal(bench().model.requests.at(-1)?.body.messages.length, 3, 'the new conversation goes on');
  });

  it('asks once more when the request after an answer is refused as well, also of a first turn', async () => {
    const { run, agent } = await begin();
    answering(fails(400), fails(400), GOOD);
    for (const id of ['sum:1', 'sum:2']) {
      agent.turns = 0;
      assert.equal(await agent.turn(), 'blocked');
      assert.equal((await run.task('sum')).status, 'blocked');
      assert.deepEqual(
        (await blockersOf(run)).map((blocker) => blocker.id),
        [`${run.id}:${id}`],
      );
      assert.ok(await answerBlocker(bench().db, blockerId(`${run.id}:${id}`), 'ada', 'Try it now.'));
    }
    agent.turns = 0;
    assert.equal(await agent.turn(), 'test');
  });

  it('asks a person after ten broken connections, and counts anew after the answer', async () => {
    const { run, agent } = await begin();
    const breaks: Answer = { text: WORDS, break: { by: 'reset', after: 1 } };
    answering(calls('list_files', {}), ...Array.from({ length: 11 }, () => breaks), GOOD);
    assert.equal(await agent.turn(), 'continue');
    for (let tries = 1; tries < 10; tries++) await assert.rejects(agent.turn(), isLater(undefined));
    assert.equal(await agent.turn(), 'blocked');
    const [blocker] = await blockersOf(run);
    assert.deepEqual([blocker?.taskId, blocker?.reason], ['sum', 'model_broken']);
    assert.match(blocker?.question ?? '', /10 times, and each call may have been billed/);
    assert.ok(await answerBlocker(bench().db, blockerId(blocker?.id ?? ''), 'ada', 'The proxy is fixed.'));
    await assert.rejects(new AgentSteps(run, 'sum').turn({ turn: 2 }), isLater(undefined));
    assert.equal((await run.view()).usage.possiblyBilled.calls, 11);
  });

  const atWrongAddress = async (answer: Answer) => {
    const wrong = await startScriptedModel({ answer: () => answer });
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' }, { modelEndpoint: wrong.url });
    const endpointFor = () => Promise.resolve({ baseUrl: wrong.url, apiKey: undefined });
    return { run, wrong, there: run.on({ ...bench().context, endpointFor }) };
  };
  const answerAll = async (run: TestRun) => {
    for (const { id } of await blockersOf(run)) await answerBlocker(bench().db, id, 'ada', 'fixed');
  };

  it('takes, for a run with a wrong address, that of the worker that continues it, once a person has answered', async () => {
    const { run, wrong, there } = await atWrongAddress(fails(404));
    answering(GOOD);
    assert.equal(await new AgentSteps(there, 'sum').turn(), 'waiting_on_run');
    await answerAll(run);
    assert.equal(await new AgentSteps(run, 'sum').turn(), 'test');
    assert.equal((await readRun(bench().db, run.id)).modelEndpoint, bench().model.url);
    assert.equal(await new AgentSteps(there, 'other').turn(), 'waiting_on_run', 'no other worker has it');
    await wrong.close();
  });

  it('says what is not set when the worker that continues a run has no model', async () => {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    const endpointFor = () => Promise.resolve({ baseUrl: undefined, apiKey: undefined });
    const without = run.on({ ...bench().context, endpointFor });
    assert.equal(await new AgentSteps(without, 'sum').turn(), 'waiting_on_run');
    const [blocker] = await blockersOf(run);
    assert.match(
      blocker?.question ?? '',
      /no access to the run's model \(http:.*?\)\. There is no model to call: neither ANTHROPIC_API_KEY nor/,
    );
    assert.doesNotMatch(blocker?.question ?? '', /only at the address/);
  });

  it('leaves a turn to another worker that has a model when this one has none', async () => {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    const endpointFor = () => Promise.resolve({ baseUrl: undefined, apiKey: undefined });
    const without = run.on({ ...bench().context, endpointFor });
    const other = await livingWorker(bench().db);
    await assert.rejects(new AgentSteps(without, 'sum').turn(), isLater(1_000));
    assert.deepEqual(await blockersOf(run), [], 'nobody is asked');
    answering(GOOD);
    assert.equal(await new AgentSteps(run, 'sum').turn(), 'test');
    await endLease(bench().db.pool, other);
  });

  it('takes the new address for all tasks that go on at once, whichever of them was first', async () => {
    const { run, wrong, there } = await atWrongAddress(fails(404));
    assert.equal(await new AgentSteps(there, 'sum').turn(), 'waiting_on_run');
    await answerAll(run);
    const { db } = bench();
    const known = await readRun(db, run.id);
    assert.equal(await correctEndpoint(db, known, bench().model.url), true);
    assert.equal(
      await correctEndpoint(db, known, bench().model.url),
      true,
      'a task that read the run before',
    );
    assert.equal(await correctEndpoint(db, known, 'http://127.0.0.1:1'), false);
    await wrong.close();
  });

  it('keeps the address of a run without a call, without an answer of a person, and once the model has answered', async () => {
    const { run, wrong } = await atWrongAddress(fails(404));
    answering(GOOD);
    assert.equal(await new AgentSteps(run, 'sum').turn(), 'waiting_on_run', 'another worker comes first');
    await answerAll(run);
    assert.equal(await new AgentSteps(run, 'sum').turn(), 'waiting_on_run', 'nothing shows that it is wrong');
    await answerAll(run);
    await wrong.close();
    const right = await atWrongAddress(GOOD);
    assert.equal(await new AgentSteps(right.there, 'sum').turn(), 'test');
    assert.equal(await new AgentSteps(right.run, 'other').turn(), 'waiting_on_run');
    await answerAll(right.run);
    assert.equal(await new AgentSteps(right.run, 'other').turn(), 'waiting_on_run');
    assert.match(
      (await blockersOf(right.run))[0]?.question ?? '',
      /goes on only at the address that it was started with/,
    );
    assert.equal(requests, 0);
    await right.wrong.close();
  });

  it('blocks the run after five tries when the model was never reached; no call is billed', async () => {
    const { run, agent } = await begin();
    // From here on nothing listens at the model's address.
    await bench().model.close();
    for (let tries = 0; tries < 4; tries++) await assert.rejects(agent.turn(), isLater(undefined));
    assert.equal(await agent.turn(), 'waiting_on_run');
    assert.match((await blockersOf(run))[0]?.question ?? '', /could not be reached: connect ECONNREFUSED/);
    assert.deepEqual(
      await ledger(run),
      Array.from({ length: 5 }, () => 'unsent'),
    );
    assert.equal((await run.view()).usage.possiblyBilled.calls, 0);
  });
});

const isLater = (ms: number | undefined) => (error: unknown) => {
  assert.ok(error instanceof ApplicationFailure);
  assert.equal(error.nonRetryable, false);
  assert.equal(error.nextRetryDelay, ms);
  assert.doesNotMatch(error.message, /[{}]|\n|\bat .*:\d+/);
  return true;
};
