import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { completeCalls } from '../../src/agent/answer/cut-off.js';
import { interpretAnswer } from '../../src/agent/answer/interpret-answer.js';
import { callModel } from '../../src/model/call.js';
import { startScriptedModel } from '../../src/model/scripted/scripted-model.js';

const call = (id: string, name: string, input: object): Anthropic.ToolUseBlock => ({
  ...{ type: 'tool_use', id, name, input },
  caller: { type: 'direct' },
});
const text = (words: string): Anthropic.TextBlock => ({ type: 'text', text: words, citations: null });

const read = call('t1', 'read_file', { path: 'a.ts' });
const submit = call('t2', 'submit_changes', { explanation: 'x', files: [{ path: 'a', action: 'delete' }] });
const partial = call('t3', 'submit_changes', { not_a_json_object: '{"explanation":"As' });
const unbegun = call('t4', 'search', {});

const ids = (answer: Anthropic.ContentBlock[], stopReason: Anthropic.StopReason = 'max_tokens') => {
  const { complete, cutOff } = completeCalls(answer, stopReason);
  return [complete.map(({ id }) => id), cutOff?.id ?? null];
};

describe('an answer that was cut off at its length limit', () => {
  it('keeps its complete calls', () => {
    assert.deepEqual(ids([read, partial]), [[read.id], partial.id]);
    assert.deepEqual(ids([read, unbegun]), [[read.id], unbegun.id]);
    assert.deepEqual(ids([read, submit]), [[read.id, submit.id], null]);
    assert.deepEqual(ids([read, text('And now')]), [[read.id], null]);
  });

  it('has no incomplete call when it ended by itself', () => {
    assert.deepEqual(ids([read, unbegun], 'tool_use'), [[read.id, unbegun.id], null]);
  });

  it('does what the complete calls say', () => {
    const reads = interpretAnswer([read, partial], 'max_tokens');
    assert.deepEqual(
      reads.steps.map(({ id }) => id),
      [read.id],
    );
    assert.equal(interpretAnswer([read, submit, unbegun], 'max_tokens').ending.kind, 'submission');
    for (const answer of [[], [text('Let me')], [partial]]) {
      const nothing = interpretAnswer(answer, 'max_tokens');
      assert.equal(nothing.ending.kind, 'malformed');
    }
  });

  it('arrives with its last call marked as incomplete', async () => {
    const content = 'x'.repeat(40_000);
    const tools = [
      { name: 'read_file', input: { path: 'a.ts' } },
      { name: 'submit_changes', input: { explanation: 'As asked.', files: [], content } },
    ];
    const model = await startScriptedModel({ answer: () => ({ tools }) });
    try {
      const request = {
        ...{ model: 'scripted', system: 'Work.', tools: [] },
        messages: [{ role: 'user' as const, content: '# Sum' }],
      };
      const { content: answer, stopReason } = await callModel(
        { baseUrl: model.url, apiKey: undefined },
        request,
        { maxTokens: 5_000, timeoutMs: 60_000, signal: new AbortController().signal },
      );
      const { complete, cutOff } = completeCalls(answer, stopReason);
      assert.deepEqual(
        complete.map(({ name }) => name),
        ['read_file'],
      );
      assert.equal(cutOff?.name, 'submit_changes');
    } finally {
      await model.close();
    }
  });
});
