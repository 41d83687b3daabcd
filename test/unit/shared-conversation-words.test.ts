import assert from 'node:assert/strict';
import type { CommandView, ConversationStart } from '../../src/contract/api.js';
import { conversationTitle, formatShare, resultWords } from '../../src/shared/words/conversation-words.js';

describe('a conversation in words', () => {
  const title = (number: number, begun: ConversationStart | null) =>
    conversationTitle({ number, firstTurn: 4, model: 'opus', begun });

  it('says why it begins', () => {
    assert.equal(title(1, null), 'conversation 1');
    assert.match(title(2, { reason: 'other_model', summarized: null }), /^conversation 2, with opus: /);
    assert.match(title(2, { reason: 'refused', summarized: null }), /with opus: .*refused again$/);
    assert.match(title(2, { reason: 'request_refused', summarized: null }), /server refused a request/);
    const summarized = { fromTokens: 151_000, toTokens: 900 };
    assert.match(
      title(3, { reason: 'full', summarized }),
      /^conversation 3, from a summary: .*window \(151000 tokens, summarised in 900\)$/,
    );
  });
});

describe('the result of a call in words', () => {
  const words = (text: string, exitCode: CommandView['exitCode']) =>
    resultWords({ text, command: { command: 'npm test', exitCode, ms: 400, kept: [] }, mcp: null });

  it('says how a command ended, apart from the rest', () => {
    const text = 'Exit code 3.\nKept a.txt.\n\nthe output';
    assert.deepEqual(words(text, 3), { outcome: 'exit 3, 0.4s', rest: 'Kept a.txt.\n\nthe output' });
    assert.deepEqual(words('Killed: it printed too much.', null), {
      outcome: 'Killed: it printed too much, 0.4s',
      rest: '',
    });
  });

  it('is the whole text of a change, and of a command that was not run', () => {
    assert.deepEqual(resultWords({ command: null, mcp: null, text: 'Not run: x.\ny' }), {
      outcome: null,
      rest: 'Not run: x.\ny',
    });
  });
});

describe('a share in percent', () => {
  it('is 100 only when it is all', () => {
    assert.deepEqual([0, 0.4567, 0.999, 1].map(formatShare), ['0 %', '45 %', '99 %', '100 %']);
  });
});
