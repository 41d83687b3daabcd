import type Anthropic from '@anthropic-ai/sdk';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LiveTextMessage } from '../../src/contract/live-text.js';
import { runId, taskId } from '../../src/contract/ids.js';
import { eventsOf, messageFor } from '../../src/model/scripted/scripted-message.js';
import { AnswerText, type Piece } from '../../src/worker/answer-text.js';
import { eventually } from '../support/eventually.js';
import { LiveTextHub } from '../../src/worker/live-text-hub.js';

type Event = Anthropic.RawMessageStreamEvent;

/** Finds what counts as a secret in these tests. */
const find = (text: string) =>
  [...text.matchAll(/sk-[a-z0-9]{8,}/g)].map(({ 0: secret, index }) => ({
    start: index,
    end: index + secret.length,
    name: 'key',
  }));

const started = (index = 0): Event => ({
  type: 'content_block_start',
  index,
  content_block: { type: 'text', text: '', citations: null },
});
const words = (text: string, index = 0): Event => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text },
});
const stopped = (index = 0): Event => ({ type: 'content_block_stop', index });

const REQUEST = {
  model: 'scripted',
  maxTokens: 1_000,
  contextTokens: 100_000,
  segments: [],
  usage: { uncached: 1, written: 0, read: 0, written5m: 0, written1h: 0 },
};

const joined = (pieces: readonly Piece[]) => pieces.map(({ text }) => text).join('');

describe('a streamed answer', () => {
  it('consists of text and tool inputs, block by block', () => {
    const tools = [{ name: 'ask_human', input: { question: 'Which currency?' } }];
    const events = eventsOf(messageFor({ text: 'Let me ask.', tools }, REQUEST));
    const answer = new AnswerText();
    const pieces = events.flatMap((event) => {
      answer.receive(event as Event);
      return answer.takeNew(find);
    });
    assert.equal(joined(pieces.filter(({ block }) => block === 0)), 'Let me ask.');
    const input = pieces.filter(({ block }) => block === 1);
    assert.deepEqual(JSON.parse(joined(input)), { question: 'Which currency?' });
    assert.ok(input.every(({ kind, tool }) => kind === 'tool' && tool === 'ask_human'));
    assert.deepEqual(joined(answer.taken()), joined(pieces));
  });

  it('is sent before its end, except text that may become a secret', () => {
    const answer = new AnswerText();
    answer.receive(started());
    answer.receive(words(`${'I have read the tests. '.repeat(5)}The key is sk-abcd`));
    const first = joined(answer.takeNew(find));
    assert.match(first, /^I have read/);
    assert.doesNotMatch(first, /sk-/);
    answer.receive(words('efgh1234 and no other.'));
    answer.receive(stopped());
    assert.match(joined(answer.takeNew(find)), /The key is \[redacted:key\] and no other\.$/);
  });

  it('is complete and contains no secret, however it is split and whenever it is read', () => {
    const part = fc.oneof(
      fc.stringMatching(/^[a-z ]{0,120}$/),
      fc.stringMatching(/^sk-[a-z0-9]{8,40}$/),
      fc.constant('\n'),
      fc.stringMatching(/^[a-z]{300,700}$/),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.boolean()), { minLength: 1 }),
        (parts, cuts) => {
          // A separator keeps two parts from forming one word.
          const text = parts.join(' ');
          const answer = new AnswerText();
          answer.receive(started());
          const pieces: Piece[] = [];
          for (let at = 0, cut = 0; at < text.length; cut += 1) {
            const [size = 1, take = true] = cuts[cut % cuts.length] ?? [];
            answer.receive(words(text.slice(at, at + size)));
            if (take) pieces.push(...answer.takeNew(find));
            at += size;
          }
          answer.receive(stopped());
          pieces.push(...answer.takeNew(find));
          assert.equal(joined(pieces), text.replaceAll(/sk-[a-z0-9]{8,}/g, '[redacted:key]'));
          let length = 0;
          for (const { offset, text: piece } of pieces) {
            assert.equal(offset, length);
            length += piece.length;
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('LiveTextHub', () => {
  const call = { runId: runId('shop'), taskId: taskId('cart'), attempt: 1, turn: 2, call: 7 };
  const watch = (number: number) =>
    ({ type: 'watch', watch: number, runId: call.runId, taskId: call.taskId }) as const;
  const long = 'A sentence that is long enough for its words to be clear by now, and then some more. ';

  function hub() {
    const sent: LiveTextMessage[] = [];
    return { sent, hub: new LiveTextHub((message) => sent.push(message)) };
  }
  const textOf = (messages: readonly LiveTextMessage[]) =>
    messages.map((message) => (message.type === 'delta' ? message.delta.data.text : '')).join('');

  it('sends nothing while nobody watches', () => {
    const { sent, hub: quiet } = hub();
    quiet.receive({ ...watch(1), taskId: taskId('price') });
    sent.splice(0);
    const answer = quiet.begin(call, { find });
    answer.receive(started());
    answer.receive(words(long));
    answer.end();
    assert.deepEqual(sent, []);
  });

  it('sends a late watcher the text so far, and no text twice to anyone', () => {
    const { sent, hub: watched } = hub();
    const answer = watched.begin(call, { find });
    answer.receive(started());
    answer.receive(words(long));
    watched.receive(watch(1));
    const [first, ...others] = sent.splice(0);
    // Pending text is first sent to all watchers; there are no others yet.
    assert.ok(first?.type === 'delta');
    assert.deepEqual(
      others.map(({ type }) => type),
      ['so-far'],
    );
    answer.receive(words(long));
    watched.receive(watch(2));
    const [news, late] = sent.splice(0);
    assert.ok(news?.type === 'delta' && late?.type === 'so-far' && late.watch === 2);
    const [soFar] = late.deltas;
    assert.equal(soFar?.data.offset, 0);
    assert.equal(soFar.data.text, textOf([first, news]));
    assert.deepEqual([soFar.data.turn, soFar.data.call, soFar.ephemeral], [2, 7, true]);
    watched.receive({ type: 'unwatch', watch: 1 });
    watched.receive({ type: 'unwatch', watch: 2 });
    answer.end();
    assert.deepEqual(sent, []);
  });

  it('batches pieces into one message, and sends the rest at the end', async () => {
    const { sent, hub: watched } = hub();
    watched.receive(watch(1));
    sent.splice(0);
    const answer = watched.begin(call, { find });
    answer.receive(started());
    for (let count = 0; count < 20; count += 1) answer.receive(words(long));
    assert.deepEqual(sent, []);
    await eventually(() => sent.length > 0, 'a message is sent');
    assert.equal(sent.length, 1);
    answer.end();
    // The answer was cut off, so the text that was kept back is not sent.
    assert.equal(sent.length, 1);
    watched.unwatchAll();
  });
});
