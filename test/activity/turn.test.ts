import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/activity';
import { material } from '../../src/shared/words/material.js';
import { API_TOOLS } from '../../src/agent/answer/tool-calls.js';
import { turn } from '../../src/activities/turn.js';
import { blockerId } from '../../src/contract/ids.js';
import { answerBlocker, listOpenBlockers } from '../../src/db/blockers.js';
import type { Answer } from '../../src/model/scripted/script.js';
import type { TurnResult } from '../../src/contract/payloads.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, edits, fails, lastText, writes } from '../support/answers.js';
import { activityEnvironment, useBench } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';

const FILES = { 'src/a.ts': 'one\ntwo\n', 'b.txt': 'b\n' };
const PLAN = {
  test: 'true',
  tasks: [
    { id: 'sum', title: 'Sum the cart', description: 'Add *all* lines.', files: ['src/a.ts', 'new.ts'] },
    { id: 'other', title: 'Quite another title' },
  ],
};

describe('a turn', () => {
  const bench = useBench();
  const begin = async () => {
    const run = await bench().start(PLAN, FILES);
    return { run, agent: new AgentSteps(run, 'sum') };
  };
  /** Gives the answers in order and records the last text of each request. */
  const answering = (...answers: readonly Answer[]): string[] => {
    const asked: string[] = [];
    bench().answer = (request) => {
      const answer = answers[asked.length];
      asked.push(JSON.stringify(request.body.messages));
      assert.ok(answer, 'more calls than expected');
      return answer;
    };
    return asked;
  };
  const blockers = async (id: string) =>
    (await listOpenBlockers(bench().db, null)).filter((blocker) => blocker.runId === id);

  it('sends the title, the description and the files unchanged, and nothing of other tasks', async () => {
    const { run, agent } = await begin();
    let first = '';
    bench().answer = (request) => {
      first = lastText(request);
      assert.deepEqual(request.body.tools, API_TOOLS);
      return writes({ 'new.ts': 'x\n' });
    };
    assert.equal(await agent.turn(), 'test');
    assert.ok(first.startsWith('# Sum the cart\n\nAdd *all* lines.\n'));
    assert.match(first, /<material \w+ "src\/a\.ts">\none\ntwo\n/);
    assert.match(first, /<material \w+ "new\.ts">\n\(no such file yet\)/);
    assert.doesNotMatch(first, /another title/);
    assert.deepEqual(await run.story('sum'), ['task.status in_progress', 'model.call', 'changes.applied']);
    const { usage } = await run.view();
    assert.ok(usage.modelCalls === 1 && usage.inputTokens > 0 && usage.outputTokens > 0 && usage.costUsd > 0);
  });

  it('leaves out a file that is too large to be read, and tells the model so', async () => {
    const { run, agent } = await begin();
    const { context } = bench();
    let first = '';
    const store = new Proxy(context.store, {
      get: (target, name) => {
        if (name === 'readBlob' && first === '') return () => Promise.reject(new RangeError('it has 5 GB'));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    bench().answer = (request) => {
      first = lastText(request);
      return writes({ 'src/a.ts': 'x\n' });
    };
    const guarded = { ...context, store };
    const result: TurnResult = await activityEnvironment().run(turn, guarded, agent.turnInput());
    assert.equal(result.next, 'continue', 'its submission is refused');
    assert.match(first, /<material \w+ "src\/a\.ts">\n\(not shown: it has 5 GB\)\n/);
    const { rows } = await context.db.pool.query('SELECT shown FROM model_turns WHERE run_id = $1', [run.id]);
    assert.deepEqual(rows, [{ shown: ['new.ts'] }], 'a file that was not shown may not be overwritten');
  });

  it('answers read tools from the commit, and adds what was shown to the task’s read set', async () => {
    const { run, agent } = await begin();
    answering(
      {
        tools: [
          { name: 'list_files', input: { path: 'src' } },
          { name: 'read_file', input: { path: 'b.txt' } },
          { name: 'search', input: { pattern: 't.o' } },
          { name: 'read_file', input: { path: '../secret' } },
        ],
      },
      writes({ 'new.ts': 'x\n' }),
    );
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    const message = lastText(bench().model.requests.at(-1) ?? assert.fail());
    const seen = ['src/a.ts', '1\tb', 'src/a.ts:2: two'].map((text) => material(text));
    assert.equal(message, [...seen, 'Error: there is no file "../secret".'].join('\n'));
    const shown = await bench().db.pool.query<{ shown: string[] }>(
      'SELECT shown FROM model_turns WHERE run_id = $1 AND number = 2',
      [run.id],
    );
    assert.deepEqual(shown.rows, [{ shown: ['b.txt', 'src/a.ts'] }]);
  });

  it('tells the model when three answers in a row made the same calls', async () => {
    const { agent } = await begin();
    const read: Answer = { tools: [{ name: 'read_file', input: { path: 'b.txt' } }] };
    const list: Answer = { tools: [{ name: 'list_files', input: {} }] };
    answering(list, read, read, list, read, read, read, read, writes({ 'new.ts': 'x\n' }));
    const notes: (string | undefined)[] = [];
    for (let turn = 1; turn <= 9; turn += 1) {
      await agent.turn();
      const message = lastText(bench().model.requests.at(-1) ?? assert.fail());
      notes.push(/Your last \d answers made the same calls/.exec(message)?.[0]);
    }
    const none = Array.from({ length: 7 }, () => undefined);
    const told = (count: number) => `Your last ${count} answers made the same calls`;
    assert.deepEqual(notes, [...none, told(3), told(4)]);
  });

  it('warns the model once, twenty answers before a person is asked', async () => {
    const { agent } = await begin();
    const read: Answer = { tools: [{ name: 'read_file', input: { path: 'b.txt' } }] };
    answering(read, { tools: [{ name: 'list_files', input: {} }] }, read, read);
    const warnings: boolean[] = [];
    agent.counts = { invalidSubmissions: 0, turns: 128 };
    for (let turn = 1; turn <= 4; turn += 1) {
      await agent.turn();
      const message = lastText(bench().model.requests.at(-1) ?? assert.fail());
      warnings.push(message.includes('You have 20 answers left'));
    }
    assert.deepEqual(warnings, [false, false, true, false]);
  });

  it('keeps the prompt in the cache for an hour when the conversation waited for more than four minutes', async () => {
    const { run, agent } = await begin();
    const { db, model } = bench();
    const read: Answer = { tools: [{ name: 'list_files', input: {} }] };
    answering(read, read, writes({ 'new.ts': 'x\n' }));
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'continue');
    await db.pool.query(
      "UPDATE model_turns SET answered_at = answered_at - interval '241 s' WHERE run_id = $1 AND number = 2",
      [run.id],
    );
    assert.equal(await agent.turn(), 'test');
    const lifetimes = model.requests.slice(-3).map(({ body: { system = '', messages } }) => {
      const last = messages.at(-1)?.content.at(-1);
      return [system[0], last].map((block) => typeof block === 'object' && block.cache_control?.ttl);
    });
    assert.deepEqual(lifetimes, [
      ['5m', '5m'],
      ['5m', '5m'],
      ['1h', '1h'],
    ]);
  });

  it('sends the effort of the task, or that of the plan where the model has it', async () => {
    const [sum, other] = PLAN.tasks;
    assert.ok(sum && other);
    const older = { id: 'older', title: 'Older', model: 'claude-haiku-4-5' };
    const tasks = [{ ...sum, effort: 'max' as const }, other, older];
    const run = await bench().start({ ...PLAN, effort: 'low', tasks }, FILES);
    const efforts: unknown[] = [];
    bench().answer = ({ body }) => {
      efforts.push(body.output_config?.effort);
      return { text: 'No.' };
    };
    await new AgentSteps(run, sum.id).turn();
    await new AgentSteps(run, other.id).turn();
    await new AgentSteps(run, older.id).turn();
    assert.deepEqual(efforts, ['max', 'low', undefined]);
  });

  it('keeps the complete calls of an answer that was cut off, and says which call was not', async () => {
    const { agent } = await begin();
    answering(
      {
        tools: [
          { name: 'read_file', input: { path: 'src/a.ts' } },
          { name: 'submit_changes', input: {} },
        ],
        stop_reason: 'max_tokens',
      },
      writes({ 'new.ts': 'x\n' }),
    );
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    const last = lastText(bench().model.requests.at(-1) ?? assert.fail());
    assert.match(last, /\d+.?\s*one[^]*cut off at its length limit in the middle of this call/);
    assert.equal(agent.counts.invalidSubmissions, 0);
  });

  it('says which call was cut off when a call before it is invalid', async () => {
    const { agent } = await begin();
    answering(
      {
        tools: [
          { name: 'submit_changes', input: { explanation: 1 } },
          { name: 'read_file', input: {} },
        ],
        stop_reason: 'max_tokens',
      },
      writes({ 'new.ts': 'x\n' }),
    );
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    const last = lastText(bench().model.requests.at(-1) ?? assert.fail());
    assert.match(last, /does not fit its schema[^]*cut off at its length limit in the middle of this call/);
  });

  it('calls the model once when repeated, with the same result, one event and one bill', async () => {
    const { run, agent } = await begin();
    const asked = answering(writes({ 'new.ts': 'x\n' }));
    const input = agent.turnInput();
    assert.equal((await run.model.turn(input)).next, 'test');
    assert.equal((await run.model.turn(input)).next, 'test');
    assert.equal(asked.length, 1);
    assert.equal((await run.events('model.call')).length, 1);
    assert.equal((await run.view()).usage.modelCalls, 1);
  });

  const mistakes: [string, Answer, RegExp][] = [
    ['ends without a submission', { text: 'All done.' }, /nothing was submitted/],
    ['only thinks', { thinking: 'Hm.' }, /nothing was submitted/],
    ['is cut off while it thinks', { thinking: 'Hm.', stop_reason: 'max_tokens' }, /length limit/],
    [
      'is cut off at its length limit',
      { tools: [{ name: 'submit_changes', input: {} }], stop_reason: 'max_tokens' },
      /length limit/,
    ],
    ['calls a tool that is not there', calls('rm', {}), /no tool "rm"/],
    ['does not fit the schema', calls('submit_changes', { explanation: 1 }), /does not fit its schema/],
    [
      'submits twice',
      { tools: [...(writes({ a: 'a' }).tools ?? []), ...(writes({ b: 'b' }).tools ?? [])] },
      /one submit_changes or one ask_human/,
    ],
  ];
  for (const [what, answer, told] of mistakes) {
    it(`continues with the mistake reported when an answer ${what}`, async () => {
      const { run, agent } = await begin();
      answering(answer, writes({ 'new.ts': 'x\n' }));
      assert.equal(await agent.turn(), 'continue');
      assert.equal(await agent.turn(), 'test');
      assert.match(lastText(bench().model.requests.at(-1) ?? assert.fail()), told);
      const [refused] = await run.events('changes.refused');
      // Only submissions are refused, and counted.
      if (answer.tools?.[0]?.name === 'rm') assert.equal(refused, undefined);
      else assert.match(JSON.stringify(refused?.data).replaceAll('\\', ''), told);
    });
  }

  it('blocks its task after three invalid answers in a row, each with an event', async () => {
    const { run, agent } = await begin();
    const asked = answering({ text: 'No.' }, { text: 'No.' }, { text: 'No.' });
    assert.deepEqual(
      [await agent.turn(), await agent.turn(), await agent.turn()],
      ['continue', 'continue', 'blocked'],
    );
    assert.equal(new Set(asked).size, 3, 'no message is sent twice');
    assert.equal((await run.events('changes.refused')).length, 3);
    assert.equal((await run.task('sum')).status, 'blocked');
    assert.deepEqual(
      (await blockers(run.id)).map(({ id, taskId, reason }) => [id, taskId, reason]),
      [[`${run.id}:sum:1`, 'sum', 'malformed']],
    );
  });

  it('continues after pause_turn with the answer so far', async () => {
    const { agent } = await begin();
    const asked = answering({ text: 'Thinking …', stop_reason: 'pause_turn' }, writes({ 'new.ts': 'x\n' }));
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    assert.notEqual(asked[0], asked[1]);
    assert.equal(bench().model.requests.at(-1)?.body.messages.at(-1)?.role, 'assistant');
  });

  it('continues with the person’s answer after too many pauses', async () => {
    const { run, agent } = await begin();
    answering({ text: 'Thinking …', stop_reason: 'pause_turn' }, writes({ 'new.ts': 'x\n' }));
    assert.equal(await agent.turn({ counts: { invalidSubmissions: 0, turns: 149 } }), 'blocked');
    await answerBlocker(bench().db, blockerId(`${run.id}:sum:1`), 'ada', '');
    assert.equal(await agent.turn(), 'test');
    assert.equal(lastText(bench().model.requests.at(-1) ?? assert.fail()), 'A person answered: go on.');
  });

  it('blocks its task on a refusal, in the provider’s words, once', async () => {
    const { run, agent } = await begin();
    const explanation = 'It could enable\ncyber harm.';
    answering({
      text: 'Here is how to',
      stop_reason: 'refusal',
      stop_details: { category: 'cyber', explanation },
    });
    assert.equal(await agent.turn(), 'blocked');
    assert.equal(await agent.repeat().then(({ next }) => next), 'blocked');
    const [blocker, ...others] = await blockers(run.id);
    assert.equal(others.length, 0);
    assert.match(
      blocker?.question ?? '',
      /The provider says: It could enable cyber harm\. \(category: cyber\)/,
    );
    assert.doesNotMatch(blocker?.question ?? '', /Here is how/, 'what it had begun to write is no reason');
  });

  it('blocks its task on a refusal without a reason, and shows what the model had written', async () => {
    const { run, agent } = await begin();
    answering({ text: 'I will not do that.', stop_reason: 'refusal' });
    assert.equal(await agent.turn(), 'blocked');
    assert.match((await blockers(run.id))[0]?.question ?? '', /gave no reason.*: I will not do that\./);
  });

  it('begins a new conversation after a refusal, with the hint and the work so far', async () => {
    const { run, agent } = await begin();
    answering(
      edits({ path: 'begun.ts', action: 'create', content: 'begun\n' }),
      { ...calls('read_file', { path: 'begun.ts' }), stop_reason: 'refusal' },
      writes({ 'new.ts': 'x\n' }),
    );
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'blocked');
    const [blocker] = await blockers(run.id);
    assert.ok(await answerBlocker(bench().db, blockerId(blocker?.id ?? ''), 'ada', 'Leave the parser out.'));
    assert.equal(await agent.turn(), 'test', 'the model does not refuse again');
    const { messages } = (bench().model.requests.at(-1) ?? assert.fail()).body;
    assert.equal(messages.length, 1);
    const sent = lastText(bench().model.requests.at(-1) ?? assert.fail());
    assert.match(sent, /Sum the cart[^]*A person answered: Leave the parser out\.[^]*begun\.ts/);
    assert.equal(sent.split('Leave the parser out.').length, 2, 'the hint is said once');
    const commit = await agent.submitted();
    assert.equal(await run.text(commit, 'begun.ts'), 'begun\n');
  });

  it('sends no equal messages again, however often the model refuses', async () => {
    const { run, agent } = await begin();
    answering(...Array.from({ length: 4 }, () => ({ text: '', stop_reason: 'refusal' as const })));
    const { length: sentBefore } = bench().model.requests;
    for (let refusals = 0; refusals < 4; refusals++) {
      assert.equal(await agent.turn(), 'blocked');
      const open = (await blockers(run.id)).at(-1) ?? assert.fail();
      assert.ok(await answerBlocker(bench().db, blockerId(open.id), 'ada', ''));
    }
    const sent = bench()
      .model.requests.slice(sentBefore)
      .map(({ body }) => JSON.stringify(body.messages));
    assert.equal(sent.length, 4);
    assert.equal(new Set(sent).size, 4);
  });

  it('asks a person the model’s question, and gives the model the answer', async () => {
    const { run, agent } = await begin();
    answering(calls('ask_human', { question: 'Which rounding?' }), writes({ 'new.ts': 'x\n' }));
    assert.equal(await agent.turn(), 'blocked');
    const [blocker] = await blockers(run.id);
    assert.equal(blocker?.question, 'Which rounding?');
    assert.ok(await answerBlocker(bench().db, blockerId(blocker.id), 'ada', 'Half to even'));
    assert.equal(await answerBlocker(bench().db, blockerId(blocker.id), 'ada', 'Up'), false);
    assert.equal(await agent.turn(), 'test');
    assert.equal(lastText(bench().model.requests.at(-1) ?? assert.fail()), 'A person answered: Half to even');
    assert.deepEqual(await run.story('sum'), [
      'task.status in_progress',
      'model.call',
      'task.status blocked',
      'blocker.raised question',
      'blocker.resolved',
      'task.status in_progress',
      'model.call',
      'changes.applied',
    ]);
  });

  it('blocks an agent that only reads, and gives it the person’s answer', async () => {
    const { run, agent } = await begin();
    answering(calls('read_file', { path: 'b.txt' }), writes({ 'new.ts': 'x\n' }));
    assert.equal(await agent.turn({ counts: { invalidSubmissions: 0, turns: 149 } }), 'blocked');
    const [blocker] = await blockers(run.id);
    assert.equal(blocker?.reason, 'too_many_turns');
    await answerBlocker(bench().db, blockerId(blocker.id), 'ada', 'Write new.ts, no more');
    assert.equal(await agent.turn(), 'test');
    assert.match(
      lastText(bench().model.requests.at(-1) ?? assert.fail()),
      /\n1\tb\n<\/material \w+>\nA person answered: Write new\.ts, no more$/,
    );
  });

  it('is repeated once after a timeout, then fails its task and skips the dependants', async () => {
    const run = await bench().start(
      { ...PLAN, tasks: [...PLAN.tasks, { id: 'later', title: 'Later', depends_on: ['sum'] }] },
      FILES,
    );
    const agent = new AgentSteps(run, 'sum');
    bench().answer = () => ({ ...writes({ 'new.ts': 'x\n' }), delay: 60_000 });
    assert.equal(await agent.turn({ timeoutMs: 50 }), 'again');
    assert.equal((await run.task('sum')).status, 'in_progress');
    assert.equal(await agent.turn({ timeoutMs: 50, timedOut: true }), 'failed');
    const { status, error } = await run.task('sum');
    assert.equal(status, 'failed');
    assert.match(error ?? '', /^Timeout/);
    assert.match((await run.task('later')).error ?? '', /it needs sum, which ended failed/);
    assert.equal((await run.task('later')).status, 'skipped');
    assert.equal((await run.task('other')).status, 'pending');
    assert.equal((await run.view()).usage.modelCalls, 0);
  });

  for (const [code, retryAfter, delay] of [
    [429, 7, 7_000],
    [529, undefined, undefined],
    [500, undefined, undefined],
  ] as const) {
    it(`is retried after ${code}${retryAfter === undefined ? '' : ', when the provider says'}`, async () => {
      const { run, agent } = await begin();
      answering(fails(code, retryAfter));
      await assert.rejects(agent.turn(), (error) => {
        assert.ok(error instanceof ApplicationFailure);
        assert.equal(error.nonRetryable, false);
        assert.equal(error.nextRetryDelay, delay);
        assert.match(error.message, new RegExp(`answered ${code}: As told by the test`));
        return true;
      });
      assert.equal((await run.view()).usage.modelCalls, 0);
    });
  }

  for (const code of [401, 403, 404]) {
    it(`blocks the run after ${code}: one blocker for all its tasks`, async () => {
      const { run, agent } = await begin();
      answering(fails(code), fails(code));
      assert.equal(await agent.turn(), 'waiting_on_run');
      assert.equal(await new AgentSteps(run, 'other').turn(), 'waiting_on_run');
      assert.deepEqual(
        (await blockers(run.id)).map(({ id, taskId, reason }) => [id, taskId, reason]),
        [[`${run.id}:1`, null, 'model_access']],
      );
      assert.deepEqual(
        (await run.view()).tasks.map(({ status }) => status),
        ['blocked', 'blocked'],
      );
    });
  }

  it('blocks only its task when the request itself is refused (400)', async () => {
    const { run, agent } = await begin();
    answering(fails(400));
    assert.equal(await agent.turn(), 'blocked');
    assert.deepEqual(
      (await blockers(run.id)).map(({ taskId, reason }) => [taskId, reason]),
      [['sum', 'model_request']],
    );
    assert.equal((await run.task('other')).status, 'pending');
  });

  it('closes its HTTP request and stores nothing when cancelled', async () => {
    const { run, agent } = await begin();
    const environment = activityEnvironment();
    bench().answer = () => {
      environment.cancel();
      return { ...writes({ 'new.ts': 'x\n' }), delay: 60_000 };
    };
    await assert.rejects(environment.run(turn, bench().context, agent.turnInput()), /CANCELLED/i);
    assert.equal((await run.view()).usage.modelCalls, 0);
    await eventually(() => bench().model.requests.at(-1)?.outcome !== 'open', 'the request ends');
    assert.equal(bench().model.requests.at(-1)?.outcome, 'abandoned');
  });
});
