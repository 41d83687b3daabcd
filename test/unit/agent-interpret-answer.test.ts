import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { interpretAnswer, textOf, type Ending, type Step } from '../../src/agent/answer/interpret-answer.js';
import { API_TOOLS, callsOf, checkCall, describeTurns } from '../../src/agent/answer/tool-calls.js';
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
const edit = () => call('edit_files', { files: [{ path: 'a.ts', action: 'delete' }] });
const run = () => call('run_command', { command: 'ls' });

type Answer = () => Anthropic.ContentBlock[];
const ANSWERS: readonly (readonly [string, Answer, readonly Step['kind'][], Ending['kind']])[] = [
  ['nothing', () => [], [], 'malformed'],
  ['text alone', () => [text('Done!')], [], 'malformed'],
  ['one read', () => [text('Let me see.'), read()], ['read'], 'continue'],
  ['two reads', () => [read(), call('list_files', { path: 'src' })], ['read', 'read'], 'continue'],
  ['an edit', () => [edit()], ['change'], 'continue'],
  [
    'an edit between reads, then a command',
    () => [read(), edit(), read(), run()],
    ['read', 'change', 'read', 'run'],
    'continue',
  ],
  ['a submission', () => [submit()], [], 'submission'],
  ['a submission of the draft', () => [call('submit_changes', { explanation: 'x' })], [], 'submission'],
  ['a question', () => [ask()], [], 'question'],
  ['a read and a submission', () => [read(), submit()], ['read'], 'submission'],
  ['an edit, a command and a submission', () => [edit(), run(), submit()], ['change', 'run'], 'submission'],
  [
    'an edit and a command after a submission',
    () => [submit(), edit(), run()],
    ['refused', 'refused'],
    'submission',
  ],
  ['a read after a submission', () => [submit(), read()], ['read'], 'submission'],
  ['a read and a question', () => [read(), ask()], ['read'], 'question'],
  ['two submissions', () => [submit(), submit()], [], 'malformed'],
  ['a submission and a question', () => [submit(), ask()], [], 'malformed'],
  ['two submissions and an edit', () => [submit(), edit(), submit()], ['change'], 'malformed'],
  ['a malformed submission', () => [malformedSubmission()], [], 'malformed'],
  [
    'a malformed submission and a valid one',
    () => [malformedSubmission(), submit()],
    ['refused'],
    'submission',
  ],
  ['an edit and a malformed submission', () => [malformedSubmission(), edit()], ['change'], 'malformed'],
  ['an unknown tool', () => [unknownTool()], ['refused'], 'continue'],
  ['a read and an unknown tool', () => [read(), unknownTool()], ['read', 'refused'], 'continue'],
];

/** With these stop reasons, the content alone decides. After `max_tokens` the complete calls count. */
const COMPLETE_STOPS = ['end_turn', 'stop_sequence', 'tool_use', 'max_tokens'] as const;
const OTHER_STOPS: readonly (readonly [Anthropic.StopReason, Ending['kind']])[] = [
  ['refusal', 'stuck'],
  ['model_context_window_exceeded', 'full'],
];

describe('interpretAnswer', () => {
  for (const [what, answer, kinds, ends] of ANSWERS) {
    for (const stop of COMPLETE_STOPS) {
      it(`reads an answer with ${what} (${stop}) as ${[...kinds, ends].join(', ')}`, () => {
        const { steps, ending } = interpretAnswer(answer(), stop);
        assert.deepEqual(
          steps.map(({ kind }) => kind),
          kinds,
        );
        assert.equal(ending.kind, ends);
      });
    }
    for (const [stop, otherwise] of OTHER_STOPS) {
      it(`reads an answer with ${what} (${stop}) as ${otherwise}`, () => {
        const { steps, ending } = interpretAnswer(answer(), stop);
        assert.equal(ending.kind, otherwise);
        assert.deepEqual(steps, [], 'nothing is carried out');
      });
    }
  }

  it('lets the model continue after a pause, unless it made a call, which needs its result', () => {
    assert.deepEqual(interpretAnswer([text('…')], 'pause_turn'), { steps: [], ending: { kind: 'paused' } });
    for (const answer of [[read()], [submit()], [edit(), run()]]) {
      const [paused, called] = (['pause_turn', 'tool_use'] as const).map((stop) => {
        const { steps, ending } = interpretAnswer(answer, stop);
        return [...steps.map(({ kind, id }) => [kind, id]), ending.kind];
      });
      assert.deepEqual(paused, called);
    }
  });

  it('judges an answer with an unknown stop reason by its content', () => {
    const later = JSON.parse('"compacted"') as Anthropic.StopReason;
    assert.equal(interpretAnswer([submit()], later).ending.kind, 'submission');
    assert.equal(interpretAnswer([], later).ending.kind, 'malformed');
  });

  it('takes null for a field that is left out, and values that are written as text', () => {
    const file = { path: 'a.txt', action: 'create', content: '{"a":null}', edits: null, executable: 'true' };
    const calls = [
      call('read_file', { path: 'a.txt', first_line: '2', last_line: null }),
      call('submit_changes', { explanation: 'x', files: JSON.stringify([file]) }),
    ];
    const { steps, ending } = interpretAnswer(calls, 'tool_use');
    const labels = steps.map((step) => (step.kind === 'read' ? step.call.label() : step.kind));
    assert.deepEqual(labels, ['a.txt, lines 2 to the end']);
    assert.ok(ending.kind === 'submission');
    const whole = { path: 'a.txt', action: 'create', content: '{"a":null}', executable: true };
    assert.deepEqual(ending.submission.files, [whole]);
  });

  const unrepaired: [string, unknown, RegExp][] = [
    ['a field that is needed', { explanation: null }, /explanation: .*received null/],
    ['a text that holds something else', { explanation: 'x', files: '{"a":1}' }, /files: .*received string/],
    ['a text that holds nothing', { explanation: 'x', files: 'a.txt' }, /files: .*received string/],
    ['null in a list', { explanation: 'x', files: [null] }, /files\.0: .*received null/],
  ];
  for (const [what, input, problem] of unrepaired) {
    it(`reports ${what} as it was written`, () => {
      const { ending } = interpretAnswer([call('submit_changes', input)], 'tool_use');
      assert.ok(ending.kind === 'malformed');
      assert.match(ending.reply, problem);
    });
  }

  it('tells the model what was wrong with each invalid call', () => {
    const submission = call('submit_changes', { explanation: 'x', files: [{ path: '' }] });
    const { steps, ending } = interpretAnswer([unknownTool(), submission], 'tool_use');
    assert.ok(ending.kind === 'malformed');
    assert.equal(ending.id, submission.id);
    assert.match(ending.reply, /^Malformed: the input of submit_changes does not fit its schema: files\.0\./);
    const [step] = steps;
    assert.ok(step?.kind === 'refused');
    assert.match(
      step.reply,
      /^Malformed: there is no tool "run_shell"\. Your tools are list_files, .*, run_command, /,
    );
  });

  it('tells the model that a pattern is too long to search for', () => {
    const { steps, ending } = interpretAnswer([call('search', { pattern: 'x'.repeat(140_000) })], 'tool_use');
    assert.equal(ending.kind, 'continue');
    const [step] = steps;
    assert.ok(step?.kind === 'refused');
    assert.match(step.reply, /^Malformed: the input of search .* pattern: Too big: .*4000 characters\.$/);
  });

  it('gives each call its place in the answer', () => {
    const { steps } = interpretAnswer([text('First'), read(), edit(), unknownTool(), run()], 'tool_use');
    assert.deepEqual(
      steps.map(({ position }) => position),
      [0, 1, 2, 3],
    );
  });

  it('carries out a limited number of changes and commands', () => {
    const { steps } = interpretAnswer(Array.from({ length: 70 }, edit), 'tool_use');
    assert.equal(steps.filter(({ kind }) => kind === 'change').length, 64);
    assert.equal(steps.filter(({ kind }) => kind === 'refused').length, 6);
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
    ['a move', 'submit_changes', change({ action: 'move', from: 'b.ts' }), null],
    ['a move with edits', 'submit_changes', change({ action: 'move', from: 'b.ts', edits }), null],
    ['a move without from', 'submit_changes', change({ action: 'move' }), /move needs from/],
    [
      'from in a creation',
      'submit_changes',
      change({ action: 'create', from: 'b', content: '' }),
      /takes no from/,
    ],
    ['a new mode', 'submit_changes', change({ action: 'modify', executable: true }), null],
    ['a deletion with a mode', 'submit_changes', change({ action: 'delete', executable: true }), /neither/],
    ['no files', 'submit_changes', { explanation: 'x' }, null],
    ['edits', 'edit_files', { files: [{ ...file, action: 'modify', edits }] }, null],
    ['no file', 'edit_files', { files: [] }, /files/],
    [
      'an explanation',
      'edit_files',
      { explanation: 'x', files: [{ ...file, action: 'delete' }] },
      /explanation/,
    ],
    ['a command', 'run_command', { command: 'npm i', timeout_s: 60, keep: ['package-lock.json'] }, null],
    ['no command', 'run_command', { command: '' }, /command/],
    ['a NUL', 'run_command', { command: 'a\0b' }, /NUL/],
    ['a time of 0', 'run_command', { command: 'ls', timeout_s: 0 }, /timeout_s/],
    ['a path out of the tree to keep', 'run_command', { command: 'ls', keep: ['../x'] }, /\.\. segment/],
    [
      'too long paths to keep',
      'run_command',
      { command: 'ls', keep: Array<string>(5).fill('x/'.repeat(400) + 'y') },
      /keep/,
    ],
    ...['read_file', 'outline', 'list_files'].flatMap((name): (typeof CALLS)[number][] => [
      ['a path of any system', name, { path: 'x'.repeat(4_096) }, null],
      ['a longer path', name, { path: 'x'.repeat(4_097) }, /^.{0,80}path: Too big: .*4096 characters$/],
    ]),
    [
      'a longer path',
      'edit_files',
      { files: [{ path: 'x'.repeat(4_097), action: 'delete' }] },
      /files\.0\.path: Too big/,
    ],
    ['an id', 'read_output', { id: 'command-1-1', first_line: 1, last_line: 2 }, null],
    ['no id', 'read_output', {}, /id/],
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

  it('says what is wrong with an input that is not a JSON object, also of a tool of a server', () => {
    const problemOf = (name: string, text: string) => {
      const [step] = interpretAnswer([call(name, { not_a_json_object: text })], 'tool_use').steps;
      return step?.kind === 'refused' ? step.reply : assert.fail(step?.kind);
    };
    for (const name of ['edit_files', 'browser__open']) {
      const prefix = `Malformed: the input of ${name} is not a JSON object`;
      const broken = problemOf(name, '{"path": "a');
      assert.ok(broken.startsWith(`${prefix}: Unterminated string in JSON at position 11`), broken);
      assert.equal(problemOf(name, '[]'), `${prefix}, or nested too deep.`);
      assert.equal(problemOf(name, ''), `${prefix}.`);
    }
  });

  it('offers exactly ten tools', () => {
    assert.deepEqual(API_TOOLS.map(({ name }) => name).sort(), [
      'ask_human',
      'edit_files',
      'find_symbol',
      'list_files',
      'outline',
      'read_file',
      'read_output',
      'run_command',
      'search',
      'submit_changes',
    ]);
    for (const tool of API_TOOLS) {
      assert.equal(tool.input_schema.type, 'object');
      assert.ok(!('$schema' in tool.input_schema), 'a name that each request would repeat');
    }
  });
});

describe('describeTurns', () => {
  const describeCall = (name: string, input: unknown) => {
    const turn = {
      ...{ number: 7, results: [] },
      answer: [text('Let me see.'), call(name, input)],
    } as unknown as StoredTurnView;
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
    ['outline', { path: 'a.ts' }, 'read', 'a.ts'],
    ['find_symbol', { name: 'Cart' }, 'read', 'Cart'],
    ['submit_changes', { explanation: '', files: [{ path: 'a.ts', action: 'delete' }] }, 'submit', 'a.ts'],
    ['submit_changes', { explanation: '' }, 'submit', 'the draft'],
    ['edit_files', { files: [{ path: 'a.ts', action: 'delete' }] }, 'change', 'a.ts'],
    ['run_command', { command: 'npm\ntest' }, 'run', 'npm test'],
    ['read_output', { id: 'test-1', last_line: 9 }, 'read', 'test-1, lines 1 to 9'],
    ['ask_human', { question: 'Which\n one?' }, 'ask', 'Which one?'],
    ['read_file', { file: 'a.ts' }, 'read', '{"file":"a.ts"}'],
    ['rm', null, null, 'null'],
    ['ask_human', { question: 'x'.repeat(1_000) }, 'ask', 'x'.repeat(200)],
  ];
  for (const [name, input, effect, label] of LABELS) {
    it(`gives effect and label of ${name} ${JSON.stringify(input).slice(0, 60)}`, () =>
      assert.deepEqual(describeCall(name, input), {
        ...{ name, effect, label, result: null },
        outputId: effect === 'run' ? 'command-7-1' : null,
      }));
  }
});
