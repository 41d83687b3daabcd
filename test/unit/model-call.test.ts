import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateSync, gzipSync } from 'node:zlib';
import { callModel, CallTimeout } from '../../src/model/call.js';
import type { ModelRequest } from '../../src/model/request.js';
import { clientFor } from '../../src/model/client.js';
import { endpointOf, hasModel } from '../../src/model/endpoint.js';
import { classifyFailure, type ModelFailure } from '../../src/model/failures.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { eventually } from '../support/eventually.js';
import { API_TOOLS } from '../../src/agent/answer/tool-calls.js';

const REQUEST: ModelRequest = {
  model: 'claude-sonnet-5-5',
  system: 'You are an engineer.',
  messages: [{ role: 'user', content: '# Sum\n\nPlease.' }],
  tools: API_TOOLS,
};
const callOptions = () => ({ maxTokens: 1_000, timeoutMs: 60_000, signal: new AbortController().signal });

describe('a model call', () => {
  let model: ScriptedModel | undefined;
  afterEach(async () => model?.close());

  async function answering(answer: (request: RecordedRequest) => Answer): Promise<ScriptedModel> {
    model = await startScriptedModel({ answer });
    return model;
  }

  it('returns the answer, its stop reason and its usage', async () => {
    const tools = [{ name: 'read_file', input: { path: 'ä 👍.ts' } }];
    const { url } = await answering(() => ({ text: 'Let me see.', tools }));
    const answer = await callModel({ baseUrl: url, apiKey: undefined }, REQUEST, callOptions());
    assert.equal(answer.stopReason, 'tool_use');
    assert.deepEqual(
      answer.content.map((block) => (block.type === 'tool_use' ? block.input : block.type)),
      ['text', { path: 'ä 👍.ts' }],
    );
    const { inputTokens, cacheCreationInputTokens, outputTokens } = answer.usage;
    assert.ok(inputTokens + cacheCreationInputTokens > 0 && outputTokens > 0);
  });

  it('returns what the provider says about a refusal, on one line, bounded and without own secrets', async () => {
    const refusal = async (details: Answer['stop_details'], more: Answer = { stop_reason: 'refusal' }) => {
      await model?.close();
      const { url } = await answering(() => ({
        ...more,
        ...(details === undefined ? {} : { stop_details: details }),
      }));
      return (await callModel({ baseUrl: url, apiKey: undefined }, REQUEST, callOptions())).refusal;
    };
    assert.equal(
      await refusal({ category: 'cyber', explanation: 'It could\nenable harm.' }),
      'It could enable harm. (category: cyber)',
    );
    assert.equal(await refusal({ category: 'bio', explanation: null }), '(category: bio)');
    assert.equal(await refusal(undefined), null);
    assert.equal(await refusal({ category: null, explanation: 'x' }, { text: 'Yes.' }), null);
    const key = `ghp_${'a1B2'.repeat(9)}`;
    assert.doesNotMatch((await refusal({ category: null, explanation: `It has ${key}.` })) ?? key, /a1B2/);
    const long = await refusal({ category: null, explanation: 'word '.repeat(10_000) });
    assert.ok(long !== null && long.length <= 300);
  });

  it('sends the conversation unchanged, with a breakpoint after the system prompt and the last message', async () => {
    const { url, requests } = await answering(() => ({ text: 'Done.' }));
    await callModel({ baseUrl: url, apiKey: undefined }, REQUEST, callOptions());
    const [sent] = requests;
    assert.ok(sent);
    const { messages, ...rest } = sent.body;
    const cache_control = { type: 'ephemeral', ttl: '5m' };
    assert.deepEqual(messages, [
      { role: 'user', content: [{ type: 'text', text: REQUEST.messages[0]?.content, cache_control }] },
    ]);
    assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
      model: 'claude-sonnet-5-5',
      max_tokens: 1_000,
      system: [{ type: 'text', text: REQUEST.system, cache_control }],
      tools: JSON.parse(JSON.stringify(API_TOOLS)) as unknown,
      // Thinking is on by default; without this, its text would be left out.
      thinking: { type: 'adaptive', display: 'summarized' },
      stream: true,
    });
  });

  it('sends the effort, and no thinking settings to a model that does not think by default', async () => {
    const { url, requests } = await answering(() => ({ text: 'Done.' }));
    const request = { ...REQUEST, model: 'claude-opus-4-8', effort: 'xhigh' } as const;
    await callModel({ baseUrl: url, apiKey: undefined }, request, callOptions());
    const sent = requests[0]?.body;
    assert.deepEqual(sent?.output_config, { effort: 'xhigh' });
    assert.equal(sent.thinking, undefined);
    assert.ok(!('effort' in sent));
  });

  it('leaves out thinking of another conversation, once the API has refused it', async () => {
    const { url, requests } = await answering(() => ({ thinking: 'It adds up.', text: 'Done.' }));
    const endpoint = { baseUrl: url, apiKey: undefined };
    const { content } = await callModel(endpoint, REQUEST, callOptions());
    const more: ModelRequest = {
      ...REQUEST,
      system: 'You are another engineer.',
      messages: [...REQUEST.messages, { role: 'assistant', content }, { role: 'user', content: 'Go on.' }],
    };
    assert.equal((await callModel(endpoint, more, callOptions())).stopReason, 'end_turn');
    const bindings = requests.map(({ body }) => body.thinking?.block_binding?.prefix_mismatch_behavior);
    assert.deepEqual(bindings, [undefined, 'drop_block']);
  });

  it('sends the key in both common headers, and no other secret', async () => {
    const { url, requests } = await answering(() => ({ text: 'Done.' }));
    process.env['ANTHROPIC_AUTH_TOKEN'] = 'another-secret';
    try {
      await callModel({ baseUrl: url, apiKey: 'sk-of-mine' }, REQUEST, callOptions());
    } finally {
      delete process.env['ANTHROPIC_AUTH_TOKEN'];
    }
    const headers = requests[0]?.headers;
    assert.equal(headers?.['x-api-key'], 'sk-of-mine');
    assert.equal(headers['authorization'], 'Bearer sk-of-mine');
    assert.ok(headers['anthropic-version']);
    // Servers disagree about what deflate is.
    assert.equal(headers['accept-encoding'], 'gzip');
    assert.doesNotMatch(JSON.stringify(headers), /another-secret/);
  });

  for (const apiKey of ['sk-of-\nmine', 'sk-of-mine…', ' ']) {
    it(`is not made with the key ${JSON.stringify(apiKey)}, which a person has to correct`, async () => {
      const { url, requests } = await answering(() => ({ text: 'Done.' }));
      const error: unknown = await callModel({ baseUrl: url, apiKey }, REQUEST, callOptions()).catch(
        (thrown: unknown) => thrown,
      );
      const failure = classifyFailure(error);
      assert.ok(failure?.kind === 'access', String(error));
      assert.deepEqual([failure.concerns, failure.billed], ['account', 'no']);
      assert.match(failure.message, /ANTHROPIC_API_KEY/);
      assert.doesNotMatch(failure.message, /mine/);
      assert.equal(requests.length, 0);
    });
  }

  it('is made with a key that ends in a line break', async () => {
    const { url, requests } = await answering(() => ({ text: 'Done.' }));
    await callModel({ baseUrl: url, apiKey: 'sk-of-mine\n' }, REQUEST, callOptions());
    assert.equal(requests[0]?.headers['x-api-key'], 'sk-of-mine');
  });

  it('closes its connection when it is cancelled', async () => {
    const { url, requests } = await answering(() => ({ text: 'A moment.', delay: 600_000 }));
    const controller = new AbortController();
    const call = callModel({ baseUrl: url, apiKey: undefined }, REQUEST, {
      ...callOptions(),
      signal: controller.signal,
    });
    const ended = assert.rejects(call, /no longer wanted/);
    await eventually(() => requests.length > 0, 'the model is asked');
    controller.abort(new Error('no longer wanted'));
    await ended;
    await eventually(() => requests[0]?.outcome !== 'open', 'the request ends');
    assert.equal(requests[0]?.outcome, 'abandoned');
  });

  it('fails when its timeout expires', async () => {
    const { url } = await answering(() => ({ text: 'A moment.', delay: 600_000 }));
    const { signal } = callOptions();
    const call = callModel({ baseUrl: url, apiKey: undefined }, REQUEST, {
      ...callOptions(),
      timeoutMs: 50,
      signal,
    });
    await assert.rejects(call, CallTimeout);
  });

  it('fails with the provider’s error', async () => {
    const status = { code: 529, type: 'overloaded_error', message: 'Overloaded', retryAfter: 2 };
    const { url, requests } = await answering(() => ({ status }));
    const error: unknown = await callModel({ baseUrl: url, apiKey: undefined }, REQUEST, callOptions()).catch(
      (thrown: unknown) => thrown,
    );
    assert.deepEqual(classifyFailure(error), {
      kind: 'busy',
      message: 'The model answered 529: Overloaded',
      retryAfterMs: 2_000,
      status: 529,
      slowsFleet: true,
      billed: 'no',
    });
    // Temporal retries, not the client.
    assert.equal(requests.length, 1);
  });

  it('uses one client for each endpoint', async () => {
    const endpoint = { baseUrl: 'http://127.0.0.1:9', apiKey: 'one' };
    assert.equal(await clientFor(endpoint), await clientFor({ ...endpoint }));
    assert.notEqual(await clientFor(endpoint), await clientFor({ ...endpoint, apiKey: 'two' }));
  });

  it('uses the endpoint from the environment, if set', () => {
    assert.deepEqual(endpointOf({ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: '' }), {
      baseUrl: undefined,
      apiKey: 'k',
    });
    assert.equal(hasModel(endpointOf({ ANTHROPIC_API_KEY: '', ANTHROPIC_BASE_URL: '' })), false);
    assert.equal(hasModel(endpointOf({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' })), true);
  });
});

describe('an abnormal answer', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Starts a server that answers one call with `answer`. */
  async function serving(answer: (response: ServerResponse) => void) {
    const started = createServer((request, response) => {
      request.resume();
      answer(response);
    });
    return callModel({ baseUrl: await listen(started), apiKey: 'k' }, REQUEST, callOptions());
  }

  /** Returns the server's URL. */
  async function listen(started: Server): Promise<string> {
    servers.push(started);
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    const address = started.address();
    assert.ok(typeof address === 'object' && address !== null);
    return `http://127.0.0.1:${address.port}`;
  }

  /** Streams the events, then calls `end`. */
  const streaming = (events: readonly object[], end: (response: ServerResponse) => void) =>
    serving((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of events) response.write(asText([event]));
      end(response);
    });

  const answering = (headers: Record<string, string>, body: string) =>
    serving((response) => response.writeHead(200, headers).end(body));

  const usage = { input_tokens: 7, output_tokens: 1 };
  const begun = {
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      usage,
    },
  };
  const block = (content: object) => ({ type: 'content_block_start', index: 0, content_block: content });
  const delta = (of: object) => ({ type: 'content_block_delta', index: 0, delta: of });
  const words = [block({ type: 'text', text: '' }), delta({ type: 'text_delta', text: 'Let me' })];
  const blockEnd = { type: 'content_block_stop', index: 0 };
  const done = (stop: string) => [
    { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 9 } },
    { type: 'message_stop' },
  ];
  const whole = [begun, ...words, blockEnd, ...done('end_turn')];
  const finish = (response: ServerResponse) => void response.end();

  async function failureKind(call: Promise<unknown>): Promise<string | undefined> {
    const error: unknown = await call.then(
      () => assert.fail('the call gave an answer'),
      (thrown: unknown) => thrown,
    );
    return classifyFailure(error)?.kind;
  }

  it('fails when the connection breaks in the middle', async () => {
    const call = streaming([begun, ...words], (response) => setImmediate(() => response.destroy()));
    assert.equal(await failureKind(call), 'connection');
  });

  it('fails when the stream ends before the answer does', async () => {
    assert.equal(await failureKind(streaming([begun, ...words], finish)), 'connection');
  });

  async function failureOf(call: Promise<unknown>): Promise<ModelFailure> {
    const error: unknown = await call.then(
      () => assert.fail('the call gave an answer'),
      (thrown: unknown) => thrown,
    );
    return classifyFailure(error) ?? assert.fail(String(error));
  }

  const tooMany = { 'content-type': 'application/json', 'retry-after': '30' };

  it('has its status and its wait also when the text of the error does not end', async () => {
    let closed = false;
    const piece = gzipSync(Buffer.alloc(4_000_000, 97));
    const failure = await failureOf(
      serving((response) => {
        response.writeHead(429, { ...tooMany, 'content-encoding': 'gzip' });
        response.on('close', () => (closed = true));
        const write = () => {
          if (!closed) response.write(piece, () => setImmediate(write));
        };
        write();
      }),
    );
    assert.deepEqual(
      [failure.kind, failure.billed, 'retryAfterMs' in failure && failure.retryAfterMs],
      ['busy', 'no', 30_000],
    );
    await eventually(() => closed, 'the connection is closed');
  });

  it('has its status and its wait also when the text of the error stalls', async () => {
    let closed = false;
    const failure = await failureOf(
      serving((response) => {
        response.on('close', () => (closed = true));
        response.writeHead(429, tooMany).write('{"error":');
      }),
    );
    assert.deepEqual(
      [failure.kind, failure.billed, 'retryAfterMs' in failure && failure.retryAfterMs],
      ['busy', 'no', 30_000],
    );
    await eventually(() => closed, 'the connection is closed');
  }).timeout(15_000);

  it('fails when the stream is empty', async () => {
    assert.equal(await failureKind(streaming([], finish)), 'connection');
  });

  it('fails when an error arrives in the middle', async () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    assert.equal(await failureKind(streaming([begun, ...words, error], finish)), 'busy');
  });

  it('is accepted when the input of a tool is not JSON', async () => {
    const call = block({ type: 'tool_use', id: 't', name: 'submit_changes', input: {} });
    const input = delta({ type: 'input_json_delta', partial_json: '{"explanation": no}' });
    const answer = await streaming([begun, call, input, blockEnd, ...done('tool_use')], finish);
    const [made] = answer.content;
    assert.ok(made?.type === 'tool_use');
    // The next turn sends it again, and the API requires an object.
    assert.equal(typeof made.input, 'object');
    assert.equal(answer.usage.outputTokens, 9);
  });

  it('is accepted when the input of a tool is nested too deeply to store', async () => {
    const call = block({ type: 'tool_use', id: 't', name: 'submit_changes', input: {} });
    const deep = `{"explanation":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const input = delta({ type: 'input_json_delta', partial_json: deep });
    const answer = await streaming([begun, call, input, blockEnd, ...done('tool_use')], finish);
    const [made] = answer.content;
    assert.ok(made?.type === 'tool_use');
    assert.deepEqual(Object.keys(made.input ?? {}), ['not_a_json_object']);
    assert.doesNotThrow(() => JSON.stringify(answer.content));
  });

  it('is accepted when its usage is missing or invalid', async () => {
    const message = { ...begun.message, usage: undefined };
    const [ending, stop] = done('end_turn');
    const odd = { input_tokens: 2.5, output_tokens: 'many', cache_read_input_tokens: -1 };
    for (const [start, end] of [
      [
        { ...begun, message },
        { ...ending, usage: undefined },
      ],
      [
        { ...begun, message: { ...message, usage: odd } },
        { ...ending, usage: odd },
      ],
    ]) {
      const answer = await streaming([start ?? {}, ...words, blockEnd, end ?? {}, stop ?? {}], finish);
      assert.equal(answer.stopReason, 'end_turn');
      assert.deepEqual(answer.usage, {
        inputTokens: 0,
        outputTokens: 0,
        cacheCreationInputTokens: 0,
        cacheCreation1hInputTokens: 0,
        cacheReadInputTokens: 0,
      });
    }
  });

  it('is accepted once it is complete, however its connection ends', async () => {
    for (const end of [
      (response: ServerResponse) => void setImmediate(() => response.destroy()),
      // The connection stays open; otherwise the call would only end at its timeout of a minute.
      () => undefined,
      (response: ServerResponse) => void response.end('data: {"type"\n\n'),
    ]) {
      const answer = await streaming(whole, end);
      assert.deepEqual([answer.stopReason, answer.usage.outputTokens], ['end_turn', 9]);
    }
  });

  const asText = (events: readonly object[], lineEnd = '\n') =>
    events
      .map((event) => {
        const type = 'type' in event ? String(event.type) : '';
        return [`event: ${type}`, `data: ${JSON.stringify(event)}`, '', ''].join(lineEnd);
      })
      .join('');
  const PLAIN = { 'content-type': 'text/event-stream' };

  for (const [how, headers, body] of [
    ['without an empty line at its end', PLAIN, asText(whole).trimEnd()],
    ['with lines that end in CR LF', PLAIN, asText(whole, '\r\n')],
    ['compressed with gzip', { ...PLAIN, 'content-encoding': 'gzip' }, gzipSync(asText(whole))],
    ['compressed with GZIP', { ...PLAIN, 'content-encoding': 'GZIP' }, gzipSync(asText(whole))],
    ['compressed with x-gzip', { ...PLAIN, 'content-encoding': 'x-gzip' }, gzipSync(asText(whole))],
    ['compressed with deflate', { ...PLAIN, 'content-encoding': 'deflate' }, deflateSync(asText(whole))],
    [
      'with a header that is not ASCII',
      { ...PLAIN, via: Buffer.from('Zürich 中').toString('latin1') },
      asText(whole),
    ],
  ] as const) {
    it(`is accepted ${how}`, async () => {
      const answer = await serving((response) => response.writeHead(200, headers).end(body));
      assert.equal(answer.stopReason, 'end_turn');
    });
  }

  it('is accepted when its characters arrive in pieces', async () => {
    const bytes = Buffer.from(
      asText([begun, ...words, delta({ type: 'text_delta', text: ' ä 👍' }), blockEnd, ...done('end_turn')]),
    );
    const answer = await serving((response) => {
      response.writeHead(200, PLAIN);
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
    assert.deepEqual(answer.content, [{ type: 'text', text: 'Let me ä 👍' }]);
  });

  it('is not looked for where a redirect leads: the key would go there', async () => {
    let followed = false;
    const other = createServer((_, response) => {
      followed = true;
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    const location = `http://127.0.0.1:${address.port}/v1/messages`;
    const call = serving((response) => response.writeHead(307, { location }).end());
    assert.equal(await failureKind(call), 'access');
    assert.equal(followed, false);
    await new Promise((resolve) => other.close(resolve));
  });

  const longReason = JSON.stringify({ ...begun.message, stop_reason: 'x'.repeat(1_000_000) });
  const begunText = [begun, ...words, blockEnd];
  const garbled: readonly (readonly [string, readonly object[]])[] = [
    ['a beginning without a message', [{ type: 'message_start' }]],
    ['a block without a type', [begun, { type: 'content_block_start', index: 0 }]],
    ['a block with an invalid index', [begun, { ...block({ type: 'text', text: '' }), index: -1 }]],
    ['a call without a tool name', [begun, block({ type: 'tool_use', input: {} })]],
    ['a delta without text', [...begunText, delta({ type: 'text_delta' })]],
    ['a delta without content', [...begunText, { type: 'content_block_delta', index: 0 }]],
    [
      'a reason to stop that is no text',
      [{ ...begun, message: { ...begun.message, stop_reason: 7 } }, ...words, { type: 'message_delta' }],
    ],
    [
      'a reason to stop that is a megabyte long',
      [
        { ...begun, message: { ...begun.message, stop_reason: 'x'.repeat(1_000_000) } },
        ...words,
        { type: 'message_delta' },
      ],
    ],
    ['an invalid end', [...begunText, { type: 'message_delta', delta: 'end' }]],
  ];
  for (const [what, events] of garbled) {
    it(`fails when it contains ${what}`, async () => {
      const call = streaming([...events, ...done('end_turn')], finish);
      assert.equal(await failureKind(call), 'connection');
    });
  }

  it('keeps the tokens that its beginning counted when its end says 0', async () => {
    const message = { ...begun.message, usage: { input_tokens: 1_000, output_tokens: 1 } };
    const end = {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 0, output_tokens: 9 },
    };
    const said = { ...block({ type: 'text', text: 'Whole.' }), index: 0 };
    const { usage } = await streaming([{ ...begun, message }, said, end, { type: 'message_stop' }], finish);
    assert.deepEqual([usage.inputTokens, usage.outputTokens], [1_000, 9]);
  });

  it('is accepted when a block is missing, or when the end has only usage', async () => {
    const counted = { type: 'message_delta', usage: { output_tokens: 9 } };
    const second = { ...block({ type: 'text', text: 'Whole.' }), index: 2 };
    const [, stop] = done('end_turn');
    const answer = await streaming([begun, second, counted, stop ?? {}], finish);
    assert.deepEqual(answer.content, [{ type: 'text', text: 'Whole.' }]);
    assert.deepEqual([answer.stopReason, answer.usage.outputTokens], ['max_tokens', 9]);
  });

  it('is put together without stopping this process, however many fields a block has', async () => {
    const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, 1]));
    const many = Array<object>(1_500).fill(delta({ type: 'text_delta', text: 'a' }));
    // In processor time of this process, which other work on the machine does not lengthen.
    let longest = 0;
    let last = process.cpuUsage();
    const tick = () => {
      const { user, system } = process.cpuUsage(last);
      longest = Math.max(longest, (user + system) / 1_000);
      last = process.cpuUsage();
    };
    const clock = setInterval(tick, 5);
    const start = block({ ...fields, type: 'text', text: '' });
    const answer = await streaming([begun, start, ...many, ...done('end_turn')], finish);
    clearInterval(clock);
    tick();
    const [text] = answer.content;
    assert.ok(text?.type === 'text' && text.text.length === 1_500);
    assert.ok(longest < 1_000, `it stopped for ${Math.round(longest)} ms`);
  });

  it('is held in memory only as far as it is read', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const received: WeakRef<object>[] = [];
    const stops = Array<object>(100).fill({ ...blockEnd, unread: [{}] });
    const started = createServer((request, response) => {
      request.resume();
      response.writeHead(200, PLAIN);
      response.write(asText([begun, ...stops]));
      void eventually(() => received.length === 101, 'the events are received')
        .then(() => new Promise(setImmediate))
        .then(() => {
          collectGarbage();
          const kept = received.filter((each) => each.deref() !== undefined).length;
          const said = [block({ type: 'text', text: `${kept} kept` }), ...done('end_turn')];
          response.end(asText(said));
        });
    });
    const options = {
      ...callOptions(),
      onEvent: (event: object) => void received.push(new WeakRef(event)),
    };
    const answer = await callModel({ baseUrl: await listen(started), apiKey: 'k' }, REQUEST, options);
    const [text] = answer.content;
    assert.ok(text?.type === 'text');
    assert.ok(Number.parseInt(text.text, 10) < 20, text.text);
  });

  for (const [what, event] of [
    ['is not JSON', 'event: heartbeat\ndata: ok\n\n'],
    ['has no type', 'event: vendor_info\ndata: {"load":1}\n\n'],
  ] as const) {
    it(`is accepted when an event of an unknown name ${what}`, async () => {
      const answer = await serving((response) => {
        response.writeHead(200, PLAIN).end(asText([begun]) + event + asText([...words, ...done('end_turn')]));
      });
      assert.equal(answer.stopReason, 'end_turn');
    });
  }

  it('is accepted when it is not streamed', async () => {
    const content = [{ type: 'text', text: 'Whole.' }];
    const whole = { ...begun.message, content, stop_reason: 'end_turn' };
    const answer = await answering({ 'content-type': 'application/json' }, JSON.stringify(whole));
    assert.deepEqual(answer.content, content);
    assert.equal(answer.stopReason, 'end_turn');
    assert.equal(answer.usage.inputTokens, 7);
  });

  it('gives each call an id of its own when the server does not', async () => {
    const content = ['', 'a', '', 'a', 'b'].map((id) => ({ type: 'tool_use', id, name: 'x', input: {} }));
    const whole = { ...begun.message, content, stop_reason: 'tool_use' };
    const answer = await answering({ 'content-type': 'application/json' }, JSON.stringify(whole));
    const ids = answer.content.map((block) => (block.type === 'tool_use' ? block.id : ''));
    assert.deepEqual([ids[1], ids[4], new Set(ids).size], ['a', 'b', 5]);
    assert.ok(ids.every((id) => id !== ''));
  });

  for (const [what, headers, mark] of [
    ['its type is in capitals', { 'content-type': 'Application/JSON; charset=utf-8' }, ''],
    ['it begins with a byte order mark', { 'content-type': 'application/json' }, '\ufeff'],
  ] as const) {
    it(`is accepted when it is not streamed and ${what}`, async () => {
      const content = [{ type: 'text', text: 'Whole.' }];
      const message = { ...begun.message, content, stop_reason: 'end_turn' };
      assert.deepEqual((await answering(headers, mark + JSON.stringify(message))).content, content);
    });
  }

  it('fails with the provider’s error when that is not streamed', async () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const failure = await failureOf(answering({ 'content-type': 'application/json' }, JSON.stringify(error)));
    assert.deepEqual([failure.kind, failure.billed], ['busy', 'possibly']);
    assert.equal(failure.message, 'The model answered 529: Overloaded');
  });

  it('fails with the text of an error that is not JSON', async () => {
    const failure = await failureOf(
      serving((response) => {
        response.writeHead(200, PLAIN).end(`${asText([begun])}event: error\ndata: The pool is empty\n\n`);
      }),
    );
    assert.equal(failure.message, 'The model answered 500: The pool is empty');
  });

  it('is accepted without the fields of a block that are nested too deeply to store', async () => {
    const deep: unknown = JSON.parse('['.repeat(2_000) + ']'.repeat(2_000));
    const start = block({ type: 'text', text: '', note: [1], deep });
    const answer = await streaming([begun, start, ...words.slice(1), ...done('end_turn')], finish);
    assert.deepEqual(answer.content, [{ type: 'text', text: 'Let me', note: [1] }]);
  });

  for (const [what, body] of [
    ['a message whose reason to stop is a megabyte long', longReason],
    ['another object', '{"ok":true}'],
    ['incomplete JSON', '{"type":"message","content":['],
  ] as const) {
    it(`fails when it is not streamed and is ${what}`, async () => {
      assert.equal(await failureKind(answering({ 'content-type': 'application/json' }, body)), 'connection');
    });
  }

  it('may be cut off within the input of a tool', async () => {
    const call = block({ type: 'tool_use', id: 't', name: 'submit_changes', input: {} });
    const input = delta({ type: 'input_json_delta', partial_json: '{"explanation": "Su' });
    const answer = await streaming([begun, call, input, blockEnd, ...done('max_tokens')], finish);
    assert.equal(answer.stopReason, 'max_tokens');
    const [made] = answer.content;
    assert.ok(made?.type === 'tool_use');
    assert.equal(typeof made.input, 'object');
    assert.doesNotThrow(() => JSON.stringify(answer.content));
  });
});
