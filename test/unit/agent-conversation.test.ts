import assert from 'node:assert/strict';
import { nextTurn, roomForAnswer, type Demands } from '../../src/agent/request/conversation.js';
import { limitsOf } from '../../src/model/known-models.js';
import type { TurnRecord } from '../../src/db/turns.js';

const SONNET = 'claude-sonnet-5-5';
const SUMMARY = [{ type: 'text' as const, text: 'Tried a lot.', citations: null }];
const DEMANDS: Demands = { model: SONNET, limits: {}, tooLong: false, refused: false };

/** Turns with these changes, numbered from 1. The first of each conversation has its opening. */
function turns(...changes: readonly Partial<TurnRecord>[]): TurnRecord[] {
  const found: TurnRecord[] = [];
  for (const [index, change] of changes.entries()) {
    const conversation = change.conversation ?? 1;
    const begins = !found.some((turn) => turn.conversation === conversation);
    found.push({
      number: index + 1,
      attempt: 1,
      model: SONNET,
      prompt: 'Go on.',
      answer: [],
      stopReason: 'tool_use',
      refusal: null,
      shown: [],
      reply: null,
      conversation,
      kind: 'work',
      opening: begins ? { system: `system ${conversation}`, tools: [] } : null,
      answeredAt: new Date(0),
      tokens: 1_000,
      failed: false,
      startsAgain: false,
      ...change,
    });
  }
  return found;
}

describe('nextTurn', () => {
  it('begins the first conversation', () => {
    assert.deepEqual(nextTurn([], DEMANDS), { kind: 'begin', conversation: 1, after: null });
  });

  it('continues a conversation with its own system prompt and its own turns', () => {
    const next = nextTurn(turns({}, { kind: 'summary' }, { conversation: 2 }, { conversation: 2 }), DEMANDS);
    assert.ok(next.kind === 'continue');
    assert.equal(next.opening.system, 'system 2');
    assert.deepEqual(
      next.turns.map(({ number }) => number),
      [3, 4],
    );
  });

  it('summarises a conversation at three quarters of its model’s window', () => {
    const kind = (model: string, tokens: number) =>
      nextTurn(turns({ model }, { model, tokens }), { ...DEMANDS, model }).kind;
    assert.equal(kind(SONNET, 749_999), 'continue');
    assert.equal(kind(SONNET, 750_000), 'summarize');
    for (const model of ['claude-haiku-5-5', 'claude-opus-4-8', 'claude-opus-4-6', 'claude-sonnet-4-6']) {
      assert.equal(kind(model, 749_999), 'continue', model);
    }
    assert.equal(kind('claude-haiku-4-5', 150_000), 'summarize');
    assert.equal(kind('my-model', 149_999), 'continue');
    assert.equal(kind('my-model', 150_000), 'summarize');
  });

  it('summarises a conversation at three quarters of the window that the plan gives a model', () => {
    const limits = { 'my-model': { context: 32_768, output: 8_192 } };
    const kind = (tokens: number) =>
      nextTurn(turns({ model: 'my-model', tokens }), { ...DEMANDS, model: 'my-model', limits }).kind;
    assert.deepEqual([kind(24_575), kind(24_576)], ['continue', 'summarize']);
    assert.equal(limitsOf('valueOf', limits).contextTokens, 200_000);
  });

  it('summarises after an answer that filled the window, and when the provider refuses the request', () => {
    assert.equal(nextTurn(turns({ stopReason: 'model_context_window_exceeded' }), DEMANDS).kind, 'summarize');
    assert.equal(nextTurn(turns({}), { ...DEMANDS, tooLong: true }).kind, 'summarize');
  });

  it('begins the next conversation after a summary, with the last outcome', () => {
    const next = nextTurn(turns({ reply: 'red' }, {}, { kind: 'summary', answer: SUMMARY }), DEMANDS);
    const after = { number: 1, summary: 'Tried a lot.', reply: 'red' };
    assert.deepEqual(next, { kind: 'begin', conversation: 2, after });
  });

  it('begins without a summary when the model refused or wrote none, and keeps the last outcome', () => {
    const after = { number: 1, summary: null, reply: 'red' };
    const answered = { kind: 'summary', reply: 'A person answered: go on.' } as const;
    const refused = turns({ reply: 'red' }, { ...answered, answer: SUMMARY, stopReason: 'refusal' });
    assert.deepEqual(nextTurn(refused, DEMANDS), { kind: 'begin', conversation: 2, after });
    assert.deepEqual(nextTurn(turns({ reply: 'red' }, answered), DEMANDS), {
      kind: 'begin',
      conversation: 2,
      after,
    });
  });

  it('begins another conversation when the request of this one was refused, with the last outcome', () => {
    const next = nextTurn(turns({ reply: 'red' }, {}), { ...DEMANDS, refused: true });
    assert.deepEqual(next, {
      kind: 'begin',
      conversation: 2,
      after: { number: 1, summary: null, reply: 'red' },
    });
    assert.equal(nextTurn([], { ...DEMANDS, refused: true }).kind, 'begin', 'the task itself may be refused');
  });

  it('begins another conversation after a refusal, which would be repeated, with the outcome before it', () => {
    const refused = { stopReason: 'refusal', reply: 'A person answered: do without.' } as const;
    const next = nextTurn(turns({ reply: 'red' }, refused), DEMANDS);
    assert.deepEqual(next, {
      kind: 'begin',
      conversation: 2,
      after: { number: 1, summary: null, reply: 'red' },
    });
  });

  it('begins another conversation for another model, without a summary', () => {
    const next = nextTurn(turns({ reply: 'red' }), { ...DEMANDS, model: 'claude-opus-5-5' });
    assert.deepEqual(next, {
      kind: 'begin',
      conversation: 2,
      after: { number: 1, summary: null, reply: 'red' },
    });
  });

  it('summarises a conversation that failed twice alike, once', () => {
    const again = { startsAgain: true };
    assert.equal(nextTurn(turns({}, again), DEMANDS).kind, 'summarize');
    assert.equal(nextTurn(turns({}, again, { kind: 'summary' }), DEMANDS).kind, 'begin');
    const begun = turns({}, again, { kind: 'summary' }, { conversation: 2 });
    assert.equal(nextTurn(begun, DEMANDS).kind, 'continue');
  });
});

describe('the room for an answer', () => {
  const small = { ...limitsOf('my-model'), contextTokens: 32_768, maxOutputTokens: 16_000 };

  it('is what the prompt leaves of the window, at most what the model gives', () => {
    assert.equal(roomForAnswer(small, 5_000), 16_000);
    assert.equal(roomForAnswer(small, 20_000), 12_768);
    assert.equal(roomForAnswer(limitsOf('claude-sonnet-5-5'), 700_000), 128_000);
  });

  it('is never less than an eighth of the window: the estimate of a prompt is high', () => {
    assert.equal(roomForAnswer(small, 30_000), 4_096);
    assert.equal(roomForAnswer({ ...small, maxOutputTokens: 2_000 }, 300_000), 2_000);
  });
});
