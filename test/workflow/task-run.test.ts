import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/activity';
import type {
  AnswerResult,
  TestInput,
  TestResult,
  TryTestInput,
  TurnCounts,
  TurnInput,
  TurnResult,
  WorkInput,
} from '../../src/contract/payloads.js';
import { NO_PROGRESS, node } from '../support/graph.js';
import { sha, stubs, submitted } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
import { useWorkflows } from '../support/use-workflows.js';

describe('a worker agent', () => {
  const bench = useWorkflows();
  const agent = (activities: Partial<Activities>) => stubs([node('a')], () => activities);
  /** An activity that returns the outputs in order, and its recorded inputs. */
  const inTurn = <Input, Output>(...outputs: readonly Output[]) => {
    const inputs: Input[] = [];
    const activity = (input: Input): Promise<Output> => {
      const output = outputs[inputs.push(input) - 1];
      assert.ok(output !== undefined, 'more calls than expected');
      return Promise.resolve(output);
    };
    return { inputs, activity };
  };
  const turns = (...results: readonly TurnResult[]) => inTurn<TurnInput, TurnResult>(...results);
  const counts = (invalidSubmissions: number, turns: number): TurnCounts => ({ invalidSubmissions, turns });
  const read = (reads: number): TurnResult => ({ next: 'continue', counts: counts(0, reads) });
  const malformed = (invalidSubmissions: number): TurnResult => ({
    next: 'continue',
    counts: counts(invalidSubmissions, 0),
  });
  const submit: TurnResult = { next: 'test', commit: sha(7) };

  it('submits, is tested and ends ready, with its progress', async () => {
    const all = agent({});
    const outcome = await bench().task(all);
    assert.deepEqual(all.calls, ['turn a 1', 'test a 1']);
    assert.deepEqual(outcome, {
      kind: 'ready',
      progress: { ...NO_PROGRESS, turns: 1, attempts: 1 },
    });
  });

  it('has nothing tested that its turn has tested, and counts it as tested', async () => {
    const tested = (next: TestResult['next']): TurnResult => ({
      next: 'test',
      commit: sha(7),
      tested: { next },
    });
    const { inputs, activity } = turns(tested('correct'), tested('start_again'), tested('land'));
    const all = agent({ turn: activity });
    const outcome = await bench().task(all);
    assert.deepEqual(all.calls, ['turn a 1', 'turn a 2', 'turn a 3']);
    assert.deepEqual(
      inputs.map(({ attempt, kind, corrections, work }) => [attempt, kind, corrections, work.draft]),
      [
        [1, 'first', 0, sha(0)],
        [2, 'correction', 1, sha(7)],
        [3, 'correction', 2, sha(0)],
      ],
    );
    assert.deepEqual(
      [outcome.kind, outcome.progress.attempts, outcome.progress.corrections],
      ['ready', 3, 2],
    );
  });

  it('has its test tried when its first turn asks for it, and tells the turns until it is tested', async () => {
    const tried: TryTestInput[] = [];
    const { inputs, activity } = turns({ next: 'try' }, read(1), submit, submit);
    const test = inTurn<TestInput, Awaited<ReturnType<Activities['test']>>>(
      { next: 'correct' },
      { next: 'land' },
    );
    const all = agent({
      tryTest: (input) => Promise.resolve(tried.push(input) + 40),
      turn: activity,
      test: test.activity,
    });
    await bench().task(all);
    assert.deepEqual(
      tried.map(({ start }) => start),
      [sha(0)],
    );
    assert.deepEqual(
      inputs.map(({ turn, testId }) => [turn, testId]),
      [
        [1, undefined],
        [1, 41],
        [2, 41],
        [3, undefined],
      ],
    );
  });

  it('tells the turns of a test that a turn has tried itself', async () => {
    const { inputs, activity } = turns({ next: 'continue', counts: counts(0, 1), testId: 7 }, submit);
    const all = agent({ turn: activity });
    await bench().task(all);
    assert.deepEqual(
      inputs.map(({ turn, testId }) => [turn, testId]),
      [
        [1, undefined],
        [2, 7],
      ],
    );
  });

  it('is told of a time-out of its call, and not of one before a summary took its place', async () => {
    const { inputs, activity } = turns({ next: 'again' }, { next: 'too_long' }, read(1), submit);
    await bench().task(agent({ turn: activity }));
    assert.deepEqual(
      inputs.map((input) => [input.turn, input.timedOut, input.tooLong]),
      [
        [1, false, 0],
        [1, true, 0],
        [1, false, 1],
        [2, false, 0],
      ],
    );
  });

  it('reads any number of times, and each turn gets the counts of the turn before', async () => {
    const { inputs, activity } = turns(read(1), read(2), submit);
    await bench().task(agent({ turn: activity }));
    assert.deepEqual(
      inputs.map((input) => [input.turn, input.attempt, input.counts.turns]),
      [
        [1, 1, 0],
        [2, 1, 1],
        [3, 1, 2],
      ],
    );
  });

  it('goes on from its start after the same failure twice, which is a correction too', async () => {
    const test = inTurn<TestInput, Awaited<ReturnType<Activities['test']>>>({ next: 'start_again' });
    const { inputs, activity } = turns(submit, { next: 'waiting_on_run' });
    const all = agent({ turn: activity, test: test.activity });
    const { progress } = await bench().task(all);
    const work = { start: sha(0), commit: sha(7), draft: sha(0) };
    assert.deepEqual(inputs[1]?.work, work);
    assert.deepEqual(progress.work, work);
    assert.deepEqual(
      inputs.map(({ kind }) => kind),
      ['first', 'correction'],
    );
    const next = turns(submit);
    await bench().task(agent({ turn: next.activity }), { progress });
    assert.equal(next.inputs[0]?.kind, 'correction');
  });

  it('corrects itself on its last tested commit up to the limit, then is blocked', async () => {
    const test = inTurn<TestInput, Awaited<ReturnType<Activities['test']>>>(
      { next: 'correct' },
      { next: 'correct' },
      { next: 'blocked' },
    );
    const bases: TurnInput[] = [];
    const all = stubs([node('a')], () => ({
      test: test.activity,
      turn: (input) => {
        bases.push(input);
        return Promise.resolve(submitted(input));
      },
    }));
    const outcome = await bench().task(all, { maxCorrections: 2 });
    assert.equal(outcome.kind, 'blocked');
    assert.deepEqual(
      test.inputs.map(({ attempt, kind, corrections }) => [attempt, kind, corrections]),
      [
        [1, 'first', 0],
        [2, 'correction', 1],
        [3, 'correction', 2],
      ],
    );
    assert.deepEqual(
      bases.map(({ work }) => [work.start, work.commit]),
      [
        [sha(0), sha(0)],
        [sha(0), sha(1_001)],
        [sha(0), sha(1_002)],
      ],
    );
    assert.equal(outcome.progress.attempts, 3);
  });

  it('passes its draft on, from edits and from commands, until a test makes a commit of it', async () => {
    const turn = turns(
      { next: 'continue', counts: counts(0, 1), draft: sha(11) },
      { next: 'run', timeoutMs: 1_000 },
      { next: 'run', timeoutMs: 1_000 },
      read(4),
      { next: 'blocked', draft: sha(14) },
    );
    const ran = inTurn<WorkInput, AnswerResult>(
      { next: 'continue', draft: sha(12), counts: counts(0, 2) },
      { next: 'test', draft: sha(13), commit: sha(20) },
    );
    const all = agent({
      turn: turn.activity,
      runCalls: ran.activity,
      test: () => Promise.resolve({ next: 'correct' }),
    });
    const outcome = await bench().task(all);
    const drafts = (inputs: readonly WorkInput[]) => inputs.map(({ turn: at, work }) => [at, work.draft]);
    assert.deepEqual(drafts(turn.inputs), [
      [1, sha(0)],
      [2, sha(11)],
      [3, sha(12)],
      [4, sha(20)],
      [5, sha(20)],
    ]);
    assert.deepEqual(drafts(ran.inputs), [
      [2, sha(11)],
      [3, sha(12)],
    ]);
    assert.deepEqual(outcome.progress.work, { start: sha(0), commit: sha(20), draft: sha(14) });
  });

  it('carries the counts over turns and refusals, and resets them after a test', async () => {
    const turn = turns(malformed(1), malformed(2), submit, malformed(1), { next: 'blocked' });
    const all = agent({
      turn: turn.activity,
      test: () => Promise.resolve({ next: 'correct' }),
    });
    assert.equal((await bench().task(all)).kind, 'blocked');
    assert.deepEqual(
      turn.inputs.map((input) => [input.turn, input.counts.invalidSubmissions]),
      [
        [1, 0],
        [2, 1],
        [3, 2],
        [4, 0],
        [5, 1],
      ],
    );
  });

  it('repeats a call once after a timeout, and forgets the timeout after an answer', async () => {
    const { inputs, activity } = turns({ next: 'again' }, read(1), { next: 'again' }, { next: 'failed' });
    const outcome = await bench().task(agent({ turn: activity }));
    assert.deepEqual([outcome.kind, outcome.progress.turns], ['failed', 1]);
    assert.deepEqual(
      inputs.map(({ turn, timedOut }) => [turn, timedOut]),
      [
        [1, false],
        [1, true],
        [2, false],
        [2, true],
      ],
    );
  });

  it('continues the conversation after an answer, and from the new tip after a conflict', async () => {
    const kinds: TurnInput[] = [];
    const all = agent({
      turn: (input) => {
        kinds.push(input);
        return Promise.resolve(submit);
      },
    });
    const progress = { ...NO_PROGRESS, turns: 4, attempts: 2 };
    await bench().task(all, {
      progress: { ...progress, kind: 'correction', work: { start: sha(1), commit: sha(2), draft: sha(2) } },
      tip: sha(3),
    });
    // Its last submission was red and left every file as it was.
    await bench().task(all, { progress: { ...progress, kind: 'correction' }, tip: sha(3) });
    await bench().task(all, { progress: { ...progress, kind: 'rebase', requeues: 1 }, tip: sha(3) });
    assert.deepEqual(
      kinds.map(({ turn, attempt, kind, work }) => [turn, attempt, kind, work.start, work.commit]),
      [
        [5, 3, 'correction', sha(1), sha(2)],
        [5, 3, 'correction', sha(3), sha(3)],
        [5, 3, 'rebase', sha(3), sha(3)],
      ],
    );
  });

  for (const next of ['waiting_on_run', 'blocked'] as const) {
    it(`ends ${next} when a turn does`, async () => {
      assert.equal((await bench().task(agent({ turn: turns({ next }).activity }))).kind, next);
    });
  }

  it('has failed, with the reason recorded, when an activity fails for good', async () => {
    const all = agent({
      turn: () => Promise.reject(ApplicationFailure.nonRetryable('The record is gone')),
    });
    assert.equal((await bench().task(all)).kind, 'failed');
    assert.deepEqual(all.calls.slice(-1), ['fail a: The record is gone']);
  });

  it('retries an activity after a transient failure', async () => {
    let tries = 0;
    const all = agent({
      test: () =>
        ++tries === 1 ? Promise.reject(new Error('no connection')) : Promise.resolve({ next: 'land' }),
    });
    assert.equal((await bench().task(all)).kind, 'ready');
    assert.equal(tries, 2);
  });
});
