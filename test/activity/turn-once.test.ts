import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { activitiesOf } from '../../src/activities/index.js';
import { limitOf, tightenLimit } from '../../src/agent/call/rate-limiter.js';
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import { addressOf, endpointOf } from '../../src/model/endpoint.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { shellQuote } from '../../src/shared/process/shell.js';
import { recordFinalFailures } from '../../src/worker/interceptor.js';
import { KeptAnswers } from '../../src/agent/answer/kept-answers.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { startBedrock } from '../support/clouds.js';
import { counting, failingAt, killedAt, thenAt } from '../support/faults.js';
import { useBench, type TestRun } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';
import { setEnvironment } from '../support/set-environment.js';
import { superseded } from '../support/superseded.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum the cart', files: ['src/a.ts'] }] };
const FILES = { 'src/a.ts': 'one\n' };
const DONE = writes({ 'new.ts': 'x\n' });
const KEYS = { id: 'an-id', secret: 'a-secret', region: 'eu-west-1' };

/** An answer that arrives when the test calls `give`. */
function delayedAnswer() {
  let give: (answer: Answer) => void = () => undefined;
  const answer = new Promise<Answer>((resolve) => {
    give = resolve;
  });
  return { answer, give };
}

describe('a turn that is answered and billed once', function () {
  this.timeout(60_000);
  const bench = useBench();

  /** Gives the answers in order and counts the requests, each of which may have been billed. */
  const answering = (...answers: readonly (Answer | Promise<Answer>)[]) => {
    let asked = 0;
    bench().answer = () => answers[asked++] ?? assert.fail('one call more than expected');
    return { asked: () => asked };
  };
  const begin = async () => {
    const run = await bench().start(PLAN, FILES);
    return { run, input: new AgentSteps(run, 'sum').turnInput() };
  };
  const calls = async (run: TestRun) => {
    const found = await bench().db.pool.query<{ state: string }>(
      'SELECT state FROM model_calls WHERE run_id = $1 ORDER BY id',
      [run.id],
    );
    return found.rows.map(({ state }) => state);
  };
  /** Whether the run's spent and reserved amounts match its ledger. */
  const balanced = async (run: TestRun) => {
    const found = await bench().db.pool.query<{ balanced: boolean }>(
      `SELECT spent_usd = (SELECT COALESCE(sum(cost_usd), 0) FROM model_calls WHERE run_id = runs.id)
         AND reserved_usd = (SELECT COALESCE(sum(worst_usd), 0) FROM model_calls
                             WHERE run_id = runs.id AND state IN ('open', 'lost')) AS balanced
       FROM runs WHERE id = $1`,
      [run.id],
    );
    assert.deepEqual(found.rows, [{ balanced: true }]);
  };

  for (const when of ['before', 'after'] as const) {
    it(`survives a worker that is killed ${when} any of its statements`, async () => {
      let lost = 0;
      for (let at = 1; ; at++) {
        const { run, input } = await begin();
        const first = answering(DONE, DONE);
        const other = await bench().anotherWorker();
        const { context, dead } = killedAt(other, at, when);
        const ended = await Promise.race([run.on(context).model.turn(input), dead]);
        if (ended !== 'dead') {
          assert.ok(at > 5, 'a turn is more than a few statements');
          break;
        }
        await bench().declareDead(other);
        assert.equal((await run.model.turn(input)).next, 'test');
        const { usage } = await run.view();
        assert.equal(usage.modelCalls, 1, `killed at ${at}`);
        // After a kill between the claim and the sending, it is unknown whether the call was sent.
        const claimed = when === 'after' && usage.possiblyBilled.calls === 1 ? 1 : 0;
        assert.equal(usage.possiblyBilled.calls, first.asked() - 1 + claimed, `killed at ${at}`);
        assert.equal(usage.possiblyBilled.costUsd > 0, usage.possiblyBilled.calls > 0);
        assert.equal((await run.events('model.call')).length, 1);
        await balanced(run);
        lost += usage.possiblyBilled.calls;
      }
      assert.equal(lost, 1, 'at one point it is unknown whether the call was billed');
    });
  }

  it('summarises a conversation once, whichever of its statements its worker is killed after', async () => {
    for (let at = 1; ; at++) {
      const run = await bench().start(PLAN, FILES);
      const agent = new AgentSteps(run, 'sum');
      const summary: Answer = { text: 'Nothing was tried.' };
      const model = answering(
        { text: 'It is', stop_reason: 'model_context_window_exceeded' },
        summary,
        summary,
      );
      assert.equal(await agent.turn(), 'continue');
      const input = agent.turnInput();
      const other = await bench().anotherWorker();
      const { context, dead } = killedAt(other, at, 'after');
      if ((await Promise.race([run.on(context).model.turn(input), dead])) !== 'dead') {
        assert.ok(at > 5, 'a turn is more than a few statements');
        break;
      }
      await bench().declareDead(other);
      const { next } = await run.model.turn(input);
      assert.equal(next, 'continue', `killed at ${at}`);
      const { usage } = await run.view();
      assert.equal(usage.modelCalls, 2, `killed at ${at}`);
      assert.ok(usage.possiblyBilled.calls <= 1 && model.asked() <= 3);
      assert.equal((await run.events('conversation.compacted')).length, 1, `killed at ${at}`);
      await balanced(run);
    }
  });

  it('runs on two workers: the second waits for the answer of the first, which is slow but alive', async () => {
    const { run, input } = await begin();
    const { answer, give } = delayedAnswer();
    const model = answering(answer);
    const first = run.on(await bench().anotherWorker()).model.turn(input);
    await eventually(() => model.asked() === 1, 'the model is asked');
    const waiting = counting(bench().context, 'claim_call');
    const second = run.on(waiting.context).model.turn(input);
    await eventually(() => waiting.count() >= 3, 'the second one waits');
    give(DONE);
    const [{ next }] = await Promise.all([second, superseded(first)]);
    assert.equal(next, 'test');
    assert.equal(model.asked(), 1);
    const { usage } = await run.view();
    assert.deepEqual([usage.modelCalls, usage.possiblyBilled.calls], [1, 0]);
    assert.equal((await run.events('model.call')).length, 1);
    await balanced(run);
  });

  it('takes no turn in the rate limiter while it waits for the answer of another worker', async () => {
    const { run, input } = await begin();
    const { answer, give } = delayedAnswer();
    const model = answering(answer);
    const first = run.on(await bench().anotherWorker()).model.turn(input);
    await eventually(() => model.asked() === 1, 'the model is asked');
    const { context, db } = bench();
    const { model: name } = await db.prisma.run.findUniqueOrThrow({ where: { id: run.id } });
    const key = limitOf(await context.endpointFor(name), name);
    await tightenLimit({ db }, { key, sentAt: new Date(), limited: true }, null);
    const next = async () => (await db.prisma.modelLimit.findUniqueOrThrow({ where: { key } })).nextAt;
    const before = await next();
    const waiting = counting(context, 'claim_call');
    const second = run.on(waiting.context).model.turn(input);
    await eventually(() => waiting.count() >= 3, 'the second one waits');
    assert.deepEqual(await next(), before);
    give(DONE);
    await Promise.all([second, superseded(first)]);
    await db.prisma.modelLimit.delete({ where: { key } });
  });

  it('runs in two attempts on one worker: the second waits for the call of the first', async () => {
    const { run, input } = await begin();
    const { answer, give } = delayedAnswer();
    const model = answering(answer);
    const first = run.model.turn(input);
    await eventually(() => model.asked() === 1, 'the model is asked');
    const waiting = counting(bench().context, 'claim_call');
    const second = run.on(waiting.context).model.turn(input);
    await eventually(() => waiting.count() >= 2, 'the second one waits');
    give(DONE);
    const [{ next }] = await Promise.all([second, superseded(first)]);
    assert.equal(next, 'test');
    assert.deepEqual(await calls(run), ['answered']);
  });

  /** Something befalls a worker in its call; another attempt of the turn, in the given context, has to wait for the answer. */
  const isAwaited = async (befall: (first: ActivityContext) => Promise<ActivityContext>) => {
    const { run, input } = await begin();
    const { answer, give } = delayedAnswer();
    const model = answering(answer);
    const worker = await bench().anotherWorker();
    const first = run.on(worker).model.turn(input);
    await eventually(() => model.asked() === 1, 'the model is asked');
    const waiting = counting(await befall(worker), 'claim_call');
    const second = run.on(waiting.context).model.turn(input);
    await eventually(() => waiting.count() >= 3 || model.asked() > 1, 'the second one waits');
    give(DONE);
    const [{ next }] = await Promise.all([second, superseded(first)]);
    assert.equal(next, 'test');
    assert.equal(model.asked(), 1);
    assert.deepEqual(await calls(run), ['answered']);
    await balanced(run);
  };

  it('waits for the call of a worker whose lease has expired, until that is declared dead: after an outage all have', () =>
    isAwaited(async (slow) => {
      await bench().expire(slow);
      return bench().context;
    }));

  it('waits for its own call after its worker slept through its lease and goes on under a new name', () =>
    isAwaited(async (sleepy) => {
      await bench().declareDead(sleepy);
      const { worker } = await bench().anotherWorker();
      return { ...sleepy, worker };
    }));

  /** A worker stalls in its call until it is declared dead; another one repeats the call. */
  const stalled = async (answers: readonly (Answer | Promise<Answer>)[]) => {
    const { run, input } = await begin();
    const model = answering(...answers);
    const stalling: ActivityContext = await bench().anotherWorker();
    const late = run.on(stalling).model.turn(input);
    await eventually(() => model.asked() === 1, 'the model is asked');
    await bench().declareDead(stalling);
    return { run, model, late, second: run.model.turn(input) };
  };

  it('is repeated when its worker is declared dead, and the first call is possibly billed', async () => {
    const { answer, give } = delayedAnswer();
    const { run, model, late, second } = await stalled([answer, DONE]);
    assert.equal((await second).next, 'test');
    assert.equal(model.asked(), 2);
    const before = await run.view();
    assert.equal(before.usage.modelCalls, 1);
    assert.equal(before.usage.possiblyBilled.calls, 1);
    // The whole prompt at the cache-write price, and 128,000 output tokens at $10 per million.
    assert.ok(before.usage.possiblyBilled.costUsd > 1.28 && before.usage.possiblyBilled.costUsd < 1.34);
    await balanced(run);

    // The late answer was billed too; it changes nothing else.
    const log = await run.log();
    give({ text: 'Not now.' });
    assert.equal((await late).next, 'test');
    assert.deepEqual(await calls(run), ['late', 'answered']);
    const after = await run.view();
    assert.equal(after.usage.modelCalls, 2);
    assert.ok(after.usage.costUsd > before.usage.costUsd);
    assert.ok(after.usage.outputTokens > before.usage.outputTokens);
    assert.deepEqual(after.usage.possiblyBilled, { calls: 0, costUsd: 0 });
    assert.deepEqual({ ...after, usage: null }, { ...before, usage: null });
    assert.deepEqual(await run.log(), log);
    await balanced(run);
  });

  it('uses the first answer that is stored, from either worker', async () => {
    const [one, two] = [delayedAnswer(), delayedAnswer()];
    const { run, model, late, second } = await stalled([one.answer, two.answer]);
    await eventually(() => model.asked() === 2, 'the model is asked again');
    one.give(DONE);
    await superseded(late);
    two.give({ text: 'No.' });
    assert.equal((await second).next, 'test', 'the second worker continues with the answer of the first');
    assert.deepEqual(await calls(run), ['answered', 'late']);
    const { usage } = await run.view();
    assert.deepEqual([usage.modelCalls, usage.possiblyBilled.calls], [2, 0]);
    assert.equal((await run.events('model.call')).length, 1);
    assert.equal((await run.events('changes.refused')).length, 0);
    await balanced(run);
  });

  it('does not send a claimed call after its worker slept through its lease', async () => {
    const { run, input } = await begin();
    const model = answering(DONE);
    const sleepy = await bench().anotherWorker();
    const asleep: ActivityContext = { ...sleepy, worker: { id: sleepy.worker.id, holds: () => false } };
    await assert.rejects(run.on(asleep).model.turn(input), /made again/);
    assert.equal(model.asked(), 0);
    assert.equal((await run.model.turn(input)).next, 'test');
    assert.deepEqual(await calls(run), ['unsent', 'answered']);
    assert.equal((await run.view()).usage.possiblyBilled.calls, 0);
    await balanced(run);
  });

  it('does not send a call after its worker slept through its lease while it fetched credentials', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-credentials-'));
    const [slept, program, config] = [
      join(folder, 'slept'),
      join(folder, 'program.sh'),
      join(folder, 'config'),
    ];
    const said = JSON.stringify({ Version: 1, AccessKeyId: KEYS.id, SecretAccessKey: KEYS.secret });
    writeFileSync(program, `touch ${shellQuote(slept)}\necho ${shellQuote(said)}\n`);
    writeFileSync(config, `[profile slow]\nregion = eu-west-1\ncredential_process = sh "${program}"\n`);
    const cloud = await startBedrock(bench().model.url, KEYS);
    const restore = setEnvironment({
      ...{ LEADWRIGHT_PROVIDER: 'bedrock', AWS_PROFILE: 'slow', AWS_CONFIG_FILE: config },
      ...{ AWS_REGION: KEYS.region, AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
      ...{ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined },
      ...{ AWS_BEARER_TOKEN_BEDROCK: undefined, AWS_EC2_METADATA_DISABLED: 'true' },
      ANTHROPIC_BEDROCK_BASE_URL: cloud.url,
    });
    try {
      answering(DONE);
      const endpoint = endpointOf(process.env);
      const run = await bench().start(PLAN, FILES, { modelEndpoint: addressOf(endpoint) });
      const { worker, ...sleepy } = await bench().anotherWorker();
      const asleep: ActivityContext = {
        ...sleepy,
        worker: { id: worker.id, holds: () => !existsSync(slept) },
        endpointFor: () => Promise.resolve(endpoint),
      };
      const input = new AgentSteps(run, 'sum').turnInput();
      await assert.rejects(run.on(asleep).model.turn(input), /made again/);
      assert.ok(existsSync(slept), 'the program has run');
      assert.deepEqual(cloud.paths, []);
      assert.deepEqual(await calls(run), ['unsent']);
      await balanced(run);
    } finally {
      restore();
      await cloud.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('does not send a call that its worker claimed under an earlier lease', async () => {
    const { run, input } = await begin();
    const model = answering(DONE);
    const [before, after] = [await bench().anotherWorker(), await bench().anotherWorker()];
    const worker = { id: before.worker.id, holds: () => true };
    const asleep = thenAt({ ...before, worker }, 'claim_call', () => {
      worker.id = after.worker.id;
    });
    await assert.rejects(run.on(asleep).model.turn(input), /made again/);
    assert.equal(model.asked(), 0);
    assert.equal((await run.model.turn(input)).next, 'test');
    assert.deepEqual(await calls(run), ['unsent', 'answered']);
    await balanced(run);
  });

  it('does not send a call whose claim got no reply, and does not bill it', async () => {
    const { run, input } = await begin();
    const model = answering(DONE);
    const withoutReply = thenAt(bench().context, 'claim_call', () =>
      Promise.reject(new Error('read ECONNRESET')),
    );
    await assert.rejects(run.on(withoutReply).model.turn(input), /ECONNRESET/);
    assert.equal((await run.model.turn(input)).next, 'test');
    assert.equal(model.asked(), 1);
    assert.deepEqual(await calls(run), ['unsent', 'answered']);
    assert.equal((await run.view()).usage.possiblyBilled.calls, 0);
    await balanced(run);
  });

  it('counts a call whose end could not be recorded as possibly billed', async () => {
    const { run, input } = await begin();
    answering({ ...DONE, break: { by: 'reset', after: 0 } }, DONE);
    await assert.rejects(
      run.on(failingAt(bench().context, 'settle_call')).model.turn(input),
      /settle_call fails/,
    );
    assert.equal((await run.model.turn(input)).next, 'test');
    assert.deepEqual(await calls(run), ['lost', 'answered']);
    assert.equal((await run.view()).usage.possiblyBilled.calls, 1);
    await balanced(run);
  });

  /** A worker that may say that it keeps an answer which the record cannot take. */
  const settingAside = () => ({
    ...bench().context,
    keptAnswers: new KeptAnswers(bench().context.paths.keptAnswers, () => undefined),
  });

  it('ends the task when the record cannot take the answer, which would be paid for again and again', async () => {
    const { run, input } = await begin();
    const model = answering(DONE);
    await bench().db.pool.query('UPDATE tasks SET actual_tokens = $1 WHERE run_id = $2', [
      2 ** 31 - 1,
      run.id,
    ]);
    const environment = new MockActivityEnvironment(
      { scheduledTimestampMs: Date.now(), currentAttemptScheduledTimestampMs: Date.now() },
      { interceptors: [recordFinalFailures], logger: new DefaultLogger('ERROR', () => undefined) },
    );
    await assert.rejects(environment.run(activitiesOf('model', settingAside()).turn, input), {
      nonRetryable: true,
      message: /which is paid for, cannot be recorded: integer out of range/,
    });
    assert.equal(model.asked(), 1);
  });

  it('makes no other worker wait for an answer that the record cannot take', async () => {
    const { run, input } = await begin();
    answering(DONE, DONE);
    const countTokens = (tokens: number) =>
      bench().db.pool.query('UPDATE tasks SET actual_tokens = $1 WHERE run_id = $2', [tokens, run.id]);
    await countTokens(2 ** 31 - 1);
    await assert.rejects(run.on(settingAside()).model.turn(input), /integer out of range/);
    await countTokens(0);
    assert.equal((await run.on(await bench().anotherWorker()).model.turn(input)).next, 'test');
    assert.deepEqual(await calls(run), ['lost', 'answered']);
    assert.equal((await run.view()).usage.possiblyBilled.calls, 1);
    await balanced(run);
  });

  it('does not start on a worker that is presumed dead', async () => {
    const { run, input } = await begin();
    const model = answering();
    const gone = await bench().anotherWorker();
    await bench().declareDead(gone);
    await assert.rejects(run.on(gone).model.turn(input), /was declared dead/);
    assert.equal(model.asked(), 0);
    assert.equal((await run.task('sum')).status, 'pending');
  });
});
