import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { callsOf, judge, textOf, type Judged } from '../../src/agent/interpret-answer.js';
import { checkCall, TOOLS } from '../../src/agent/tools.js';

let calls = 0;
function call(name: string, input: unknown): Anthropic.ToolUseBlock {
  return { type: 'tool_use', id: `call_${++calls}`, name, input, caller: { type: 'direct' } };
}
const text = (words: string): Anthropic.TextBlock => ({ type: 'text', text: words, citations: null });

const look = () => call('read_file', { path: 'a.ts' });
const submit = () => call('submit_changes', { explanation: 'x', files: [] });
const ask = () => call('ask_human', { question: 'Which one?' });
const wrong = () => call('submit_changes', { files: 'all' });
const unknown = () => call('run_shell', { command: 'ls' });

type Answer = () => Anthropic.ContentBlock[];
const ANSWERS: readonly (readonly [string, Answer, Judged['kind']])[] = [
  ['nothing', () => [], 'malformed'],
  ['text alone', () => [text('Done!')], 'malformed'],
  ['one look', () => [text('Let me see.'), look()], 'reads'],
  ['two looks', () => [look(), call('list_files', {})], 'reads'],
  ['a submission', () => [submit()], 'submission'],
  ['a question', () => [ask()], 'question'],
  ['a look and a submission', () => [look(), submit()], 'submission'],
  ['a look and a question', () => [look(), ask()], 'question'],
  ['two submissions', () => [submit(), submit()], 'malformed'],
  ['a submission and a question', () => [submit(), ask()], 'malformed'],
  ['a malformed submission', () => [wrong()], 'malformed'],
  ['an unknown tool', () => [unknown()], 'malformed'],
  ['a look and an unknown tool', () => [look(), unknown()], 'malformed'],
];

/** Stop reasons by which an answer counts for what it holds. */
const WHOLE = ['end_turn', 'stop_sequence', 'tool_use'] as const;
const OTHERS: readonly (readonly [Anthropic.StopReason, Judged['kind']])[] = [
  ['max_tokens', 'malformed'],
  ['pause_turn', 'paused'],
  ['refusal', 'stuck'],
  ['model_context_window_exceeded', 'stuck'],
];

describe('an answer of the model', () => {
  for (const [what, answer, kind] of ANSWERS) {
    for (const stop of WHOLE) {
      it(`with ${what} (${stop}) is ${kind}`, () => assert.equal(judge(answer(), stop).kind, kind));
    }
    for (const [stop, otherwise] of OTHERS) {
      it(`with ${what} (${stop}) is ${otherwise}`, () => assert.equal(judge(answer(), stop).kind, otherwise));
    }
  }

  it('with a stop reason of a later API counts for what it holds', () => {
    const later = JSON.parse('"compacted"') as Anthropic.StopReason;
    assert.equal(judge([submit()], later).kind, 'submission');
    assert.equal(judge([], later).kind, 'malformed');
  });

  it('that is malformed tells the model what was wrong', () => {
    const judged = judge([call('submit_changes', { explanation: 'x', files: [{ path: '' }] })], 'tool_use');
    assert.ok(judged.kind === 'malformed');
    assert.match(judged.reply, /^Malformed: the input of submit_changes does not fit its schema: files\.0\./);
  });

  it('that refuses says why', () => {
    const judged = judge([text('I would rather not.')], 'refusal');
    assert.ok(judged.kind === 'stuck');
    assert.equal(judged.message, 'The model refused: I would rather not.');
  });

  it('gives its text and its calls', () => {
    const content = [text(' One.'), look(), text('Two. ')];
    assert.equal(textOf(content), 'One.\nTwo.');
    assert.deepEqual(callsOf(content), [content[1]]);
  });
});

describe('a tool call', () => {
  const file = { path: 'a.ts' };
  const change = (of: object) => ({ explanation: 'x', files: [{ ...file, ...of }] });
  const edits = [{ search: 'a', replace: '' }];
  const CALLS: readonly (readonly [string, string, unknown, RegExp | null])[] = [
    ['every file', 'list_files', {}, null],
    ['a folder', 'list_files', { path: 'src' }, null],
    ['a file', 'read_file', file, null],
    ['lines', 'read_file', { ...file, first_line: 1, last_line: 2 }, null],
    ['line 0', 'read_file', { ...file, first_line: 0 }, /first_line/],
    ['half a line', 'read_file', { ...file, last_line: 1.5 }, /last_line/],
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
    ['text for an object', 'submit_changes', 'all of it', /input/],
    ['a name of every object', 'constructor', {}, /there is no tool "constructor"/],
  ];
  for (const [what, name, input, problem] of CALLS) {
    it(`${name} with ${what} is ${problem === null ? 'taken' : 'refused'}`, () => {
      const checked = checkCall(call(name, input));
      if (problem === null) assert.ok(checked.ok);
      else assert.match(checked.ok ? 'taken' : checked.problem, problem);
    });
  }

  it('is one of five tools', () => {
    assert.deepEqual(TOOLS.map(({ name }) => name).sort(), [
      'ask_human',
      'list_files',
      'read_file',
      'search',
      'submit_changes',
    ]);
    for (const tool of TOOLS) assert.equal(tool.input_schema.type, 'object');
  });
});
