import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { cacheLifetimeAfter, withBreakpoints } from '../../src/model/cache-breakpoints.js';
import { callModel } from '../../src/model/call.js';
import type { ModelRequest } from '../../src/model/request.js';
import { startScriptedModel } from '../../src/model/scripted/scripted-model.js';
import { API_TOOLS } from '../../src/agent/answer/tool-calls.js';
import { systemPrompt } from '../../src/agent/request/roles.js';

const request = (messages: Anthropic.MessageParam[]): ModelRequest => ({
  model: 'claude-sonnet-5-5',
  system: systemPrompt('backend', false),
  messages,
  tools: API_TOOLS,
});

describe('the cache breakpoints of a request', () => {
  const control = { type: 'ephemeral', ttl: '1h' };

  it('are on the last block that is not thinking, and on the last one of the request before', () => {
    const thinking = { type: 'thinking', thinking: '', signature: 's' } as const;
    const text = { type: 'text', text: 'a' } as const;
    const marked = { ...text, cache_control: control };
    const markedBy = (messages: Anthropic.MessageParam[]) => withBreakpoints(request(messages), '1h');
    const first = markedBy([{ role: 'user', content: 'a' }]);
    assert.deepEqual(first.system[0]?.cache_control, control);
    assert.deepEqual(first.messages, [{ role: 'user', content: [marked] }]);
    const second = markedBy([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [text, thinking] },
    ]);
    assert.deepEqual(second.messages, [
      { role: 'user', content: [marked] },
      { role: 'assistant', content: [marked, thinking] },
    ]);
    const third = markedBy([
      { role: 'user', content: 'first' },
      { role: 'assistant', content: [text, thinking] },
      { role: 'assistant', content: [thinking, text] },
      { role: 'user', content: 'a' },
    ]);
    assert.deepEqual(third.messages, [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: [marked, thinking] },
      { role: 'assistant', content: [thinking, text] },
      { role: 'user', content: [marked] },
    ]);
  });

  it('last an hour after a wait of more than four minutes', () => {
    assert.equal(cacheLifetimeAfter(4 * 60_000), '5m');
    assert.equal(cacheLifetimeAfter(4 * 60_000 + 1), '1h');
  });

  for (const [what, waitAfter, calls] of [
    ['without a long wait', null, 1],
    ['across a wait of six minutes', 12, 1],
    ['with more calls in each answer than a breakpoint looks back', null, 12],
  ] as const) {
    it(`let nine tenths of a long conversation be read from the cache, ${what}`, async () => {
      let now = 0;
      const model = await startScriptedModel(
        {
          answer: () => ({
            thinking: 'Hm.',
            tools: Array.from({ length: calls }, () => ({ name: 'read_file', input: { path: 'a.ts' } })),
          }),
        },
        { now: () => now },
      );
      const endpoint = { baseUrl: model.url, apiKey: 'none' };
      const messages: Anthropic.MessageParam[] = [{ role: 'user', content: '# Sum\n\nPlease.' }];
      const sums = { read: 0, all: 0, hour: 0 };
      for (let turn = 1, waited = 0; turn <= 40; turn++) {
        const { content, usage } = await callModel(endpoint, request(messages), {
          maxTokens: 1_000,
          timeoutMs: 60_000,
          signal: new AbortController().signal,
          cacheLifetime: cacheLifetimeAfter(waited),
        });
        sums.read += usage.cacheReadInputTokens;
        sums.hour += usage.cacheCreation1hInputTokens;
        sums.all += usage.inputTokens + usage.cacheCreationInputTokens + usage.cacheReadInputTokens;
        const made = content.filter((block) => block.type === 'tool_use');
        assert.equal(made.length, calls);
        const result = 'const price = 1;\n'.repeat(400 / calls);
        messages.push(
          { role: 'assistant', content },
          {
            role: 'user',
            content: made.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: result })),
          },
        );
        waited = turn === waitAfter ? 6 * 60_000 : 20_000;
        now += waited;
      }
      await model.close();
      assert.ok(sums.read / sums.all >= 0.9, `${sums.read} of ${sums.all}`);
      assert.equal(sums.hour > 0, waitAfter !== null);
    });
  }
});
