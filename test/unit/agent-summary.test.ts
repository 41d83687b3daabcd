import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { summaryMessage, type SummarizedTurn } from '../../src/agent/request/summary.js';

const turn = (result: string, text: string): SummarizedTurn => ({
  prompt: [{ type: 'tool_result', tool_use_id: 'a', content: result }],
  answer: [{ type: 'text', text, citations: null } satisfies Anthropic.TextBlock],
});

const room = (refusals: number, contextTokens = 1_000_000) => ({ refusals, contextTokens });

describe('the request for a summary', () => {
  it('begins with the title and holds the turns and the last outcome', () => {
    const message = summaryMessage(
      'Sum the cart',
      [turn('3 files', 'I look.')],
      ['The tests fail.'],
      room(0),
    );
    assert.ok(message.startsWith('# Sum the cart\n\n<material '));
    for (const part of ['[result] 3 files', '[agent] I look.', '[result] The tests fail.']) {
      assert.ok(message.includes(part), part);
    }
  });

  it('fits into 200,000 tokens whatever the turns hold, and shrinks when the provider refuses it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.nat(400_000).map((length) => '語'.repeat(length)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 12 }), (texts) => {
        const turns = texts.map(([result, said]) => turn(result, said));
        const sizes = [0, 1, 2, 3, 4].map((refusals) =>
          Buffer.byteLength(summaryMessage('Sum', turns, [], room(refusals))),
        );
        assert.ok(sizes.every((size) => size < 155_000));
        for (const [at, size] of sizes.entries()) assert.ok(size <= (sizes[at - 1] ?? size), sizes.join());
      }),
      { numRuns: 30 },
    );
  });

  it('fits into a smaller window', () => {
    const turns = Array.from({ length: 10 }, () => turn('語'.repeat(10_000), 'x'.repeat(10_000)));
    const size = Buffer.byteLength(summaryMessage('Sum', turns, [], room(0, 32_768)));
    assert.ok(size > 20_000 && size < 36_000, String(size));
  });

  it('leaves out the oldest turns but the first when even the tersest form is too long', () => {
    const turns = Array.from({ length: 3_000 }, (_each, n) => turn(`result ${n}`, `words ${n} `.repeat(20)));
    const message = summaryMessage('Sum', turns, ['red'], room(3));
    assert.match(message, /result 0\b/);
    assert.match(message, /parts are left out here/);
    assert.doesNotMatch(message, /result 100\b/);
    assert.match(message, /words 2999/);
    assert.ok(message.length < 12_000);
  });
});
