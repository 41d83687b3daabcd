import assert from 'node:assert/strict';
import { connect } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import type { MessageCreateParamsNonStreaming, MessageParam } from '@anthropic-ai/sdk/resources/messages';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Script } from '../../src/model/scripted/script.js';
import { eventually } from '../support/eventually.js';

const CONTENT = 'export const total = 0; // “cents”, 🙂\n'.repeat(40);
const SCRIPT: Script = {
  tasks: {
    'Sum the cart': [
      {
        text: 'Let me look at two files first.',
        tools: [
          { name: 'read_file', input: { path: 'a.ts' } },
          { name: 'read_file', input: { path: 'b.ts' } },
        ],
      },
      {
        on: 'tool',
        tools: [
          {
            name: 'submit_changes',
            input: { explanation: 'Sums.', files: [{ path: 'a.ts', action: 'create', content: CONTENT }] },
          },
        ],
      },
    ],
    'Try later': [{ status: { code: 529, type: 'overloaded_error', message: 'Overloaded', retryAfter: 2 } }],
    'Say no': [{ text: 'I would rather not.', stop_reason: 'refusal' }],
    'Take long': [{ text: 'A moment.', delay: 60_000 }],
    'Break at once': [{ break: { by: 'reset' } }],
    'Break later': [{ text: 'one two three four', break: { by: 'reset', after: 2 } }],
    'Break by an error': [{ text: 'one two three four', break: { by: 'error', after: 1 } }],
    'Say an error': [{ break: { by: 'error' } }],
    Stall: [{ text: 'one two three four', break: { by: 'stall', after: 1 } }],
  },
};

function asking(title: string, ...after: MessageParam[]): MessageCreateParamsNonStreaming {
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 1000,
    messages: [{ role: 'user', content: `# ${title}\n\nPlease.` }, ...after],
  };
}

/** The conversation after both files were read. */
function filesRead(answer: Anthropic.Message): MessageCreateParamsNonStreaming {
  const results = answer.content.flatMap((block) =>
    block.type === 'tool_use'
      ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'const a = 1;' }]
      : [],
  );
  return asking(
    'Sum the cart',
    { role: 'assistant', content: answer.content },
    { role: 'user', content: results },
  );
}

describe('the scripted model, through the SDK', () => {
  let model: ScriptedModel;
  let client: Anthropic;
  beforeEach(async () => {
    model = await startScriptedModel(SCRIPT);
    client = new Anthropic({ baseURL: model.url, apiKey: 'none', maxRetries: 0 });
  });
  afterEach(() => model.close());

  it('streams text and tool calls in pieces', async () => {
    const texts: string[] = [];
    const stream = client.messages.stream(asking('Sum the cart')).on('text', (text) => texts.push(text));
    const message = await stream.finalMessage();
    assert.ok(texts.length >= 3);
    assert.equal(texts.join(''), 'Let me look at two files first.');
    assert.equal(message.stop_reason, 'tool_use');
    assert.equal(message.model, 'claude-sonnet-5-5');
    assert.deepEqual(
      message.content.map((block) => (block.type === 'tool_use' ? [block.name, block.input] : block.type)),
      ['text', ['read_file', { path: 'a.ts' }], ['read_file', { path: 'b.ts' }]],
    );
  });

  it('streams the input of a tool as JSON in pieces', async () => {
    const first = await client.messages.create(asking('Sum the cart'));
    const pieces: string[] = [];
    const stream = client.messages.stream(filesRead(first)).on('inputJson', (piece) => pieces.push(piece));
    const [block] = (await stream.finalMessage()).content;
    assert.ok(pieces.length > 3);
    assert.ok(block?.type === 'tool_use');
    assert.deepEqual(block.input, {
      explanation: 'Sums.',
      files: [{ path: 'a.ts', action: 'create', content: CONTENT }],
    });
  });

  it('returns the same message streamed and whole, also after a restart', async () => {
    const whole = await client.messages.create(asking('Sum the cart'));
    assert.deepEqual((await client.messages.create(asking('Sum the cart'))).id, whole.id);
    const streamed = await client.messages.stream(asking('Sum the cart')).finalMessage();
    assert.deepEqual(
      streamed.content.map(({ type }) => type),
      whole.content.map(({ type }) => type),
    );
    assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);

    const restarted = await startScriptedModel(SCRIPT);
    const other = new Anthropic({ baseURL: restarted.url, apiKey: 'none', maxRetries: 0 });
    const again = await other.messages.create(asking('Sum the cart'));
    await restarted.close();
    assert.deepEqual(again, whole);
  });

  it('counts tokens as about four characters each', async () => {
    const short = await client.messages.create(asking('Say no'));
    assert.equal(short.stop_reason, 'refusal');
    const long = await client.messages.create(asking('Say no', { role: 'user', content: 'x'.repeat(4000) }));
    const more = long.usage.input_tokens - short.usage.input_tokens;
    assert.ok(more >= 1000 && more < 1030, `${more}`);
    assert.ok(short.usage.output_tokens > 1 && short.usage.output_tokens < 50);
  });

  it('returns errors in the shape of the API', async () => {
    await assert.rejects(client.messages.create(asking('Try later')), (error) => {
      assert.ok(error instanceof Anthropic.APIError);
      assert.equal(error.status, 529);
      const headers: unknown = error.headers;
      assert.ok(headers instanceof Headers);
      assert.equal(headers.get('retry-after'), '2');
      assert.match(error.message, /overloaded_error/);
      return true;
    });
    await assert.rejects(client.models.list(), Anthropic.NotFoundError);
    await assert.rejects(
      client.messages.create({ ...asking('Say no'), max_tokens: 0 }),
      Anthropic.BadRequestError,
    );
  });

  for (const [title, pieces, why] of [
    ['Break at once', 0, Anthropic.APIConnectionError],
    ['Break later', 2, /terminated/],
    ['Break by an error', 1, /overloaded_error/],
    ['Say an error', 0, /overloaded_error/],
  ] as const) {
    it(`breaks off every answer as the script says: ${title}`, async () => {
      for (let time = 0; time < 2; time++) {
        const texts: string[] = [];
        await assert.rejects(async () => {
          const stream = await client.messages.create({ ...asking(title), stream: true });
          for await (const event of stream) {
            if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
              texts.push(event.delta.text);
          }
        }, why);
        assert.equal(texts.length, pieces);
      }
      assert.deepEqual(
        model.requests.map(({ outcome }) => outcome),
        ['failed', 'failed'],
      );
    });
  }

  it('stalls in the middle of an answer until the client disconnects', async () => {
    const stream = client.messages.stream(asking('Stall'));
    const outcome = () => model.requests[0]?.outcome;
    assert.equal(await new Promise((resolve) => stream.once('text', resolve)), 'one tw');
    assert.equal(outcome(), 'open');
    stream.abort();
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
    await eventually(() => outcome() !== 'open', 'the request ends');
    assert.equal(outcome(), 'abandoned');
  });

  it('refuses a conversation that the API would refuse', async () => {
    const call = { type: 'tool_use', id: 't1', name: 'search', input: {} } as const;
    const unanswered = asking(
      'Say no',
      { role: 'assistant', content: [call] },
      { role: 'user', content: 'And?' },
    );
    await assert.rejects(client.messages.create(unanswered), /without `tool_result` blocks/);
    const result = { type: 'tool_result', tool_use_id: 't2', content: 'x' } as const;
    const unasked = asking('Say no', { role: 'user', content: [result] });
    await assert.rejects(client.messages.create(unasked), /unexpected `tool_use_id`/);
    await assert.rejects(
      client.messages.create({ ...asking('Say no'), messages: [{ role: 'assistant', content: 'Hm' }] }),
      /first message/,
    );
  });

  it('refuses a body that is not JSON', async () => {
    const response = await fetch(`${model.url}/v1/messages`, { method: 'POST', body: '{' });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /"type":"invalid_request_error"/);
  });

  it('notices that the client has disconnected', async () => {
    const stream = client.messages.stream(asking('Take long'));
    await new Promise((resolve) => stream.once('connect', () => resolve(null)));
    stream.abort();
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
    await eventually(() => model.requests[0]?.outcome !== 'open', 'the request ends');
    assert.equal(model.requests[0]?.outcome, 'abandoned');
  });

  it('ends open answers and leaves no socket when it is closed', async () => {
    const stream = client.messages.stream(asking('Take long'));
    await new Promise((resolve) => stream.once('connect', () => resolve(null)));
    await model.close();
    await assert.rejects(stream.finalMessage());
    const socket = connect(Number(new URL(model.url).port), '127.0.0.1');
    await assert.rejects(
      new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
      /ECONNREFUSED/,
    );
  });
});

describe('a scripted model written as a function', () => {
  it('calls the function with the request and answers its result', async () => {
    const model = await startScriptedModel({
      answer: ({ body, headers }) => {
        if (body.messages.length > 1) throw new Error('out of words');
        return { text: `${body.model} for ${String(headers.authorization)}` };
      },
    });
    const client = new Anthropic({ baseURL: model.url, apiKey: 'key', maxRetries: 0 });
    const [block] = (await client.messages.create(asking('Anything'))).content;
    assert.ok(block?.type === 'text');
    assert.equal(block.text, 'claude-sonnet-5-5 for Bearer key');
    const longer = asking('Anything', { role: 'assistant', content: 'a' }, { role: 'user', content: 'b' });
    await assert.rejects(client.messages.create(longer), /500.*out of words/);
    assert.deepEqual(
      model.requests.map(({ outcome }) => outcome),
      ['answered', 'failed'],
    );
    await model.close();
  });
});
