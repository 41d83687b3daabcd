import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { interpretAnswer, textOf, type Interpretation } from '../../src/agent/interpret-answer.js';
import { API_TOOLS, callsOf, checkCall, describeTurns } from '../../src/agent/tool-calls.js';
import type { StoredTurnView } from '../../src/contract/api.js';

let calls = 0;
function call(name: string, input: unknown): Anthropic.ToolUseBlock {
  return { type: 'tool_use', id: `call_${++calls}`, name, input, caller: { type: 'direct' } };
}
const text = (words: string): Anthropic.TextBlock => ({ type: 'text', text: words, citations: null });

const read = () => call('read_file', { path: 'a.ts' });
const submit = () => call('submit_changes', { explanation: 'x', files: [] });
const ask = () => call('ask_human', { question: 'Which one?' });
const malformedSubmission = () => call('submit_changes', { files: 'all' });
const unknownTool = () => call('run_shell', { command: 'ls' });

type Answer = () => Anthropic.ContentBlock[];
const ANSWERS: readonly (readonly [string, Answer, Interpretation['kind']])[] = [
  ['nothing', () => [], 'malformed'],
  ['text alone', () => [text('Done!')], 'malformed'],
  ['one read', () => [text('Let me see.'), read()], 'reads'],
  ['two reads', () => [read(), call('list_files', {})], 'reads'],
  ['a submission', () => [submit()], 'submission'],
  ['a question', () => [ask()], 'question'],
  ['a read and a submission', () => [read(), submit()], 'submission'],
  ['a read and a question', () => [read(), ask()], 'question'],
  ['two submissions', () => [submit(), submit()], 'malformed'],
  ['a submission and a question', () => [submit(), ask()], 'malformed'],
  ['a malformed submission', () => [malformedSubmission()], 'malformed'],
  ['an unknown tool', () => [unknownTool()], 'malformed'],
  ['a read and an unknown tool', () => [read(), unknownTool()], 'malformed'],
];

/** With these stop reasons, the content alone decides. After `max_tokens` the complete calls count. */
const COMPLETE_STOPS = ['end_turn', 'stop_sequence', 'tool_use', 'max_tokens'] as const;
const OTHER_STOPS: readonly (readonly [Anthropic.StopReason, Interpretation['kind']])[] = [
  ['pause_turn', 'paused'],
  ['refusal', 'stuck'],
  ['model_context_window_exceeded', 'full'],
];

describe('interpretAnswer', () => {
  for (const [what, answer, kind] of ANSWERS) {
    for (const stop of COMPLETE_STOPS) {
      it(`reads an answer with ${what} (${stop}) as ${kind}`, () =>
        assert.equal(interpretAnswer(answer(), stop).kind, kind));
    }
    for (const [stop, otherwise] of OTHER_STOPS) {
      it(`reads an answer with ${what} (${stop}) as ${otherwise}`, () =>
        assert.equal(interpretAnswer(answer(), stop).kind, otherwise));
    }
  }

  it('judges an answer with an unknown stop reason by its content', () => {
    const later = JSON.parse('"compacted"') as Anthropic.StopReason;
    assert.equal(interpretAnswer([submit()], later).kind, 'submission');
    assert.equal(interpretAnswer([], later).kind, 'malformed');
  });

  it('tells the model what was wrong with a malformed answer', () => {
    const interpreted = interpretAnswer(
      [call('submit_changes', { explanation: 'x', files: [{ path: '' }] })],
      'tool_use',
    );
    assert.ok(interpreted.kind === 'malformed');
    assert.match(
      interpreted.reply,
      /^Malformed: the input of submit_changes does not fit its schema: files\.0\./,
    );
  });

  it('keeps the model’s reason when it refuses', () => {
    const interpreted = interpretAnswer([text('I would rather not.')], 'refusal');
    assert.ok(interpreted.kind === 'stuck');
    assert.equal(interpreted.message, 'The model refused: I would rather not.');
  });

  it('returns the text and the calls of an answer', () => {
    const content = [text(' One.'), read(), text('Two. ')];
    assert.equal(textOf(content), 'One.\nTwo.');
    assert.deepEqual(callsOf(content), [content[1]]);
  });
});

describe('checkCall', () => {
  const file = { path: 'a.ts' };
  const change = (of: object) => ({ explanation: 'x', files: [{ ...file, ...of }] });
  const edits = [{ search: 'a', replace: '' }];
  const CALLS: readonly (readonly [string, string, unknown, RegExp | null])[] = [
    ['no path', 'list_files', {}, null],
    ['a folder', 'list_files', { path: 'src' }, null],
    ['a file', 'read_file', file, null],
    ['lines', 'read_file', { ...file, first_line: 1, last_line: 2 }, null],
    ['line 0', 'read_file', { ...file, first_line: 0 }, /first_line/],
    ['a fractional line', 'read_file', { ...file, last_line: 1.5 }, /last_line/],
    ['no file', 'read_file', {}, /path/],
    ['an unknown key', 'read_file', { ...file, encoding: 'latin1' }, /encoding/],
    ['a pattern', 'search', { pattern: 'x' }, null],
    ['an empty pattern', 'search', { pattern: '' }, /pattern/],
    ['a question', 'ask_human', { question: 'Which?' }, null],
    ['no question', 'ask_human', { question: '' }, /question/],
    ['nothing to change', 'submit_changes', { explanation: '', files: [] }, null],
    ['a creation', 'submit_changes', change({ action: 'create', content: '' }), null],
    [
      'a creation of nothing',
      'submit_changes',
      change({ action: 'create' }),
      /create needs content or edits/,
    ],
    ['edits', 'submit_changes', change({ action: 'modify', edits }), null],
    ['both', 'submit_changes', change({ action: 'modify', edits, content: '' }), /not both/],
    ['no edit', 'submit_changes', change({ action: 'modify', edits: [] }), /edits/],
    [
      'an empty search',
      'submit_changes',
      change({ action: 'modify', edits: [{ search: '', replace: '' }] }),
      /search/,
    ],
    ['a deletion', 'submit_changes', change({ action: 'delete' }), null],
    ['a deletion with content', 'submit_changes', change({ action: 'delete', content: '' }), /neither/],
    ['a move', 'submit_changes', change({ action: 'move' }), /action/],
    ['text instead of an object', 'submit_changes', 'all of it', /input/],
    ['the name of an inherited property', 'constructor', {}, /there is no tool "constructor"/],
  ];
  for (const [what, name, input, problem] of CALLS) {
    it(`${name} with ${what} is ${problem === null ? 'accepted' : 'refused'}`, () => {
      const checked = checkCall(call(name, input));
      if (problem === null) assert.ok(checked.ok);
      else assert.match(checked.ok ? 'accepted' : checked.problem, problem);
    });
  }

  it('offers exactly five tools', () => {
    assert.deepEqual(API_TOOLS.map(({ name }) => name).sort(), [
      'ask_human',
      'list_files',
      'read_file',
      'search',
      'submit_changes',
    ]);
    for (const tool of API_TOOLS) assert.equal(tool.input_schema.type, 'object');
  });
});

describe('describeTurns', () => {
  const describeCall = (name: string, input: unknown) => {
    const turn = { answer: [text('Let me see.'), call(name, input)] } as unknown as StoredTurnView;
    const [described] = describeTurns([turn]);
    assert.equal(described?.toolCalls.length, 1);
    const [{ id, ...view } = assert.fail()] = described.toolCalls;
    assert.equal(id, `call_${calls}`);
    return view;
  };
  const LABELS: readonly (readonly [string, unknown, string | null, string])[] = [
    ['list_files', {}, 'read', ''],
    ['list_files', { path: 'src' }, 'read', 'src'],
    ['read_file', { path: 'a.ts' }, 'read', 'a.ts'],
    ['read_file', { path: 'a.ts', first_line: 3 }, 'read', 'a.ts, lines 3 to the end'],
    ['search', { pattern: 'x+', glob: '*.ts' }, 'read', 'x+ in *.ts'],
    ['submit_changes', { explanation: '', files: [{ path: 'a.ts', action: 'delete' }] }, 'submit', 'a.ts'],
    ['ask_human', { question: 'Which\n one?' }, 'ask', 'Which one?'],
    ['read_file', { file: 'a.ts' }, 'read', '{"file":"a.ts"}'],
    ['rm', null, null, 'null'],
    ['ask_human', { question: 'x'.repeat(1_000) }, 'ask', 'x'.repeat(200)],
  ];
  for (const [name, input, effect, label] of LABELS) {
    it(`gives effect and label of ${name} ${JSON.stringify(input).slice(0, 60)}`, () =>
      assert.deepEqual(describeCall(name, input), { name, effect, label }));
  }
});
