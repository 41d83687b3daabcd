import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import type { MessageCreateParamsNonStreaming, MessageParam } from '@anthropic-ai/sdk/resources/messages';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Answer } from '../../src/model/scripted/script.js';

const LONG = 'The price is an integer number of pence. '.repeat(200);
const LONG_TOKENS = LONG.length / 4;

/** A request with thinking in it is not typed for settings that this SDK does not know yet. */
type Settings = Omit<Partial<MessageCreateParamsNonStreaming>, 'output_config' | 'thinking'> &
  Record<string, unknown>;

const call = (id: string) => ({ type: 'tool_use', id, name: 'search', input: {} }) as const;
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'x' }) as const;
const text = (value: string) => ({ type: 'text', text: value }) as const;
const cached = { cache_control: { type: 'ephemeral' } } as const;
const cachedLong = { cache_control: { type: 'ephemeral', ttl: '1h' } } as const;
const user = (content: MessageParam['content']): MessageParam => ({ role: 'user', content });
const assistant = (content: MessageParam['content']): MessageParam => ({ role: 'assistant', content });
const tool = (name: string) => ({ name, input_schema: { type: 'object' as const } });

/** With a timeout of its own, the SDK sends a request for a long answer without streaming, too. */
const TIMEOUT = { timeout: 10_000 };

describe('the scripted model is as strict as the API', () => {
  let model: ScriptedModel;
  let client: Anthropic;
  let answer: Answer;
  let time: number;

  beforeEach(async () => {
    answer = { text: 'Yes.' };
    time = 0;
    model = await startScriptedModel({ answer: () => answer }, { contextTokens: 20_000, now: () => time });
    client = new Anthropic({ baseURL: model.url, apiKey: 'none', maxRetries: 0 });
  });
  afterEach(() => model.close());

  const send = (messages: MessageParam[], settings: Settings = {}, headers = {}) =>
    client.messages.create(
      { model: 'claude-sonnet-5-5', max_tokens: 1_000, messages, ...settings },
      { ...TIMEOUT, headers },
    );

  it('refuses again whatever continues a refused conversation, but not one that leaves it out', async () => {
    answer = {
      text: 'Here is',
      stop_reason: 'refusal',
      stop_details: { category: 'cyber', explanation: 'No.' },
    };
    const first = await send([user('a')]);
    assert.deepEqual(first.stop_details, { type: 'refusal', category: 'cyber', explanation: 'No.' });
    answer = { text: 'Yes.' };
    const again = await send([user('a'), assistant([text('Here is')]), user('Then otherwise.')]);
    assert.deepEqual([again.stop_reason, again.content], ['refusal', []]);
    assert.equal((await send([user('Otherwise.')])).stop_reason, 'end_turn');
  });

  const refused: readonly (readonly [what: string, MessageParam[], Settings, RegExp])[] = [
    [
      'an answer longer than the model gives',
      [user('a')],
      { max_tokens: 128_001 },
      /max_tokens: 128001 > 128000/,
    ],
    [
      'an answer longer than an older model gives',
      [user('a')],
      { model: 'claude-haiku-4-5-20251001', max_tokens: 64_001 },
      /64001 > 64000/,
    ],
    ['no room for an answer', [user('a')], { max_tokens: 0 }, /max_tokens/],
    ['an unknown effort', [user('a')], { output_config: { effort: 'huge' } }, /output_config\.effort/],
    ['effort in the wrong place', [user('a')], { output_config: { thinking: 'adaptive' } }, /output_config/],
    [
      'a level of effort that the model lacks',
      [user('a')],
      { model: 'claude-opus-4-6', output_config: { effort: 'xhigh' } },
      /effort level 'xhigh'/,
    ],
    [
      'effort for a model without it',
      [user('a')],
      { model: 'claude-haiku-4-5', output_config: { effort: 'low' } },
      /does not support the effort parameter/,
    ],
    [
      'an unknown display of thinking',
      [user('a')],
      { thinking: { type: 'adaptive', display: 'all' } },
      /thinking/,
    ],
    ['an empty message', [user('')], {}, /non-empty content/],
    ['a message without blocks', [user([])], {}, /non-empty content/],
    ['blank text', [user([text(' \n')])], {}, /non-whitespace text/],
    ['an empty message before the last', [user('a'), assistant(''), user('b')], {}, /non-empty content/],
    ['trailing white space in a begun answer', [user('a'), assistant('Well ')], {}, /trailing whitespace/],
    ['a call in a message of the user', [user([call('t1')])], {}, /`tool_use` blocks can not be in/],
    [
      'a result in an answer',
      [user('a'), assistant([result('t1')])],
      {},
      /`tool_result` blocks can not be in/,
    ],
    [
      'text before the results',
      [user('a'), assistant([call('t1')]), user([text('Here:'), result('t1')])],
      {},
      /must come first/,
    ],
    [
      'two results of one call',
      [user('a'), assistant([call('t1')]), user([result('t1'), result('t1')])],
      {},
      /a single result/,
    ],
    [
      'two calls with one id',
      [user('a'), assistant([call('t1'), call('t1')]), user([result('t1')])],
      {},
      /ids must be unique/,
    ],
    ['two tools of one name', [user('a')], { tools: [tool('x'), tool('x')] }, /names must be unique/],
    ['a tool name with a space', [user('a')], { tools: [tool('x y')] }, /tools\.0\.name/],
    ['too long an answer', [user('a')], { max_tokens: 128_001 }, /max_tokens: 128001 > 128000/],
    ['too long a prompt', [user('x'.repeat(90_000))], {}, /prompt is too long: 225\d\d tokens > 20000/],
    [
      'five breakpoints',
      [user(['a', 'b', 'c', 'd'].map((value) => ({ ...text(value), ...cached })))],
      cached,
      /A maximum of 4 blocks with cache_control may be provided. Found 5/,
    ],
    [
      'a long lifetime after a short one',
      [
        user([
          { ...text('a'), ...cached },
          { ...text('b'), ...cachedLong },
        ]),
      ],
      {},
      /ttl='1h' cache_control block must not come after/,
    ],
  ];
  for (const [what, messages, settings, why] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(send(messages, settings), (error) => {
        assert.ok(error instanceof Anthropic.BadRequestError);
        assert.match(error.message, why);
        return true;
      });
      assert.equal(model.requests.length, 0, 'it is no call');
    });
  }

  it('refuses a request without a version', async () => {
    const sent = await fetch(`${model.url}/v1/messages`, { method: 'POST', body: '{}' });
    assert.match(await sent.text(), /anthropic-version: header is required/);
  });

  describe('thinking', () => {
    const question = [user('How?')];
    const settings = { system: 'Be brief.', tools: [tool('x')] };
    const after = (thought: Anthropic.Message, ...messages: MessageParam[]) => [
      ...question,
      assistant(thought.content),
      ...messages,
    ];
    let thought: Anthropic.Message;
    beforeEach(async () => {
      answer = { thinking: 'Let me see.', text: 'So.' };
      thought = await client.messages
        .stream({ model: 'm', max_tokens: 1_000, messages: question, ...settings })
        .finalMessage();
    });
    const again = (messages: MessageParam[], more: Settings = {}, headers = {}) =>
      send(messages, { model: 'm', ...settings, ...more }, headers);

    it('is streamed with its signature, and accepted with its whole prefix', async () => {
      assert.deepEqual(
        thought.content.map(({ type }) => type),
        ['thinking', 'text'],
      );
      await again(after(thought, user('And?')), cached);
    });

    it('is refused as the end of an answer', async () => {
      const alone = { ...thought, content: thought.content.slice(0, 1) };
      await assert.rejects(
        again(after(alone, user('And?'))),
        /The final block in an assistant message cannot be `thinking`/,
      );
    });

    it('is refused when it was changed', async () => {
      const [block, ...rest] = thought.content;
      assert.ok(block?.type === 'thinking');
      const changed = { ...thought, content: [{ ...block, thinking: 'Let me not.' }, ...rest] };
      await assert.rejects(again(after(changed, user('And?'))), /Invalid `signature`/);
    });

    const otherPrefixes: readonly (readonly [string, Settings])[] = [
      ['system prompt', { system: 'Be long.' }],
      ['tools', { tools: [tool('y')] }],
      ['model', { model: 'n' }],
    ];
    for (const [what, other] of otherPrefixes) {
      it(`is refused after another ${what}, or left out if the request says so`, async () => {
        const messages = after(thought, user('And?'));
        await assert.rejects(again(messages, other), /bound to a different conversation/);
        const drop = {
          thinking: { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } },
        };
        await assert.rejects(again(messages, { ...other, ...drop }), /block_binding: Extra inputs/);
        const beta = { 'anthropic-beta': 'thinking-binding-controls-2026-08-01' };
        await again(messages, { ...other, ...drop }, beta);
      });
    }

    it('is refused after other messages', async () => {
      const [, ...rest] = after(thought, user('And?'));
      await assert.rejects(again([user('Why?'), ...rest]), /bound to a different conversation/);
    });
  });

  describe('length', () => {
    const submit = { name: 'submit', input: { text: 'x'.repeat(8_000) } };

    it('cuts an answer off at max_tokens, and keeps its complete calls', async () => {
      answer = { tools: [{ name: 'search', input: {} }, submit] };
      const message = await send([user('a')]);
      assert.equal(message.stop_reason, 'max_tokens');
      assert.deepEqual(
        message.content.map((block) => (block.type === 'tool_use' ? block.name : block.type)),
        ['search'],
      );
    });

    it('cuts an answer off at the end of the context window', async () => {
      answer = { tools: [submit] };
      const message = await send([user('x'.repeat(79_000))], { max_tokens: 4_000 });
      assert.equal(message.stop_reason, 'model_context_window_exceeded');
      assert.deepEqual(message.content, []);
    });
  });

  describe('the prompt cache', () => {
    /** Tokens that were [read, written for 5 minutes, written for an hour, neither]. */
    const usage = ({ usage: counted }: Anthropic.Message) => [
      counted.cache_read_input_tokens,
      counted.cache_creation?.ephemeral_5m_input_tokens,
      counted.cache_creation?.ephemeral_1h_input_tokens,
      counted.input_tokens,
    ];
    const minutes = (count: number) => (time += count * 60_000);
    const isAbout = (actual: unknown, expected: number) => {
      assert.ok(
        typeof actual === 'number' && Math.abs(actual - expected) < 60,
        `${String(actual)}, not ${expected}`,
      );
    };

    it('reads what the request before wrote, and writes what is new', async () => {
      const opening = [user(LONG)];
      const [read, short, long, rest] = usage(await send(opening, cached));
      assert.deepEqual([read, long, rest], [0, 0, 0]);
      isAbout(short, LONG_TOKENS);
      const next = usage(await send([...opening, assistant('Yes.'), user(LONG)], cached));
      assert.equal(next[0], short);
      isAbout(next[1], LONG_TOKENS);
      assert.equal(next[3], 0);
    });

    it('counts as input what no breakpoint covers', async () => {
      const [read, short, , rest] = usage(await send([user([{ ...text(LONG), ...cached }, text(LONG)])]));
      assert.equal(read, 0);
      isAbout(short, LONG_TOKENS);
      isAbout(rest, LONG_TOKENS);
    });

    it('does not cache a prefix below the minimum', async () => {
      for (let time = 0; time < 2; time++) {
        const [read, short, , rest] = usage(await send([user('x'.repeat(3_000))], cached));
        assert.deepEqual([read, short], [0, 0]);
        isAbout(rest, 750);
      }
    });

    it('forgets after five minutes without use, or an hour', async () => {
      await send([user(LONG)], cached);
      minutes(4);
      assert.notEqual(usage(await send([user(LONG)], cached))[0], 0, 'a use extends it');
      minutes(4);
      assert.notEqual(usage(await send([user(LONG)], cached))[0], 0);
      minutes(6);
      assert.equal(usage(await send([user(LONG)], cachedLong))[0], 0);
      minutes(59);
      assert.notEqual(usage(await send([user(LONG)], cached))[0], 0);
      minutes(61);
      assert.equal(usage(await send([user(LONG)], cached))[0], 0);
    });

    it('writes for an hour up to the last such breakpoint, and for five minutes after it', async () => {
      const request = { system: [{ ...text(LONG), ...cachedLong }], ...cached };
      const [read, short, long, rest] = usage(await send([user(LONG)], request));
      assert.deepEqual([read, rest], [0, 0]);
      isAbout(short, LONG_TOKENS);
      isAbout(long, LONG_TOKENS);
      minutes(6);
      assert.equal(usage(await send([user('Other.')], request))[0], long);
    });

    it('looks back twenty blocks and no further', async () => {
      await send([user(LONG)], cached);
      const more = (count: number) => [user([text(LONG), ...Array.from({ length: count }, () => text('x'))])];
      assert.notEqual(usage(await send(more(20), cached))[0], 0);
      minutes(10);
      await send([user(LONG)], cached);
      assert.equal(usage(await send(more(21), cached))[0], 0);
    });

    it('serves each model from its own cache', async () => {
      await send([user(LONG)], cached);
      assert.equal(usage(await send([user(LONG)], { model: 'other', ...cached }))[0], 0);
    });
  });
});
