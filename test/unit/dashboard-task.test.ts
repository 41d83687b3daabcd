import assert from 'node:assert/strict';
import { describeTurns } from '../../src/agent/answer/tool-calls.js';
import type { ModelDelta, StoredTurnView, ToolEffect, TurnView } from '../../src/contract/api.js';
import { unwrapLines } from '../../src/dashboard/components/display-format.js';
import { correctionBefore } from '../../src/dashboard/task/correction-before.js';
import { parseDiff } from '../../src/dashboard/task/parse-diff.js';
import { splitTestOutput } from '../../src/dashboard/task/test-output.js';
import { addDelta, unstoredPartial, type PartialTurn } from '../../src/dashboard/task/partial-turn.js';
import { tokensByLine } from '../../src/dashboard/task/highlighted-lines.js';
import { shownTurns } from '../../src/dashboard/task/turn-parts.js';
import { material } from '../../src/shared/words/material.js';
import { runId, taskId } from '../../src/contract/ids.js';

const AT = '2026-11-24T18:00:00.000Z';

const delta = (data: Partial<ModelDelta['data']>): ModelDelta => ({
  ephemeral: true,
  runId: runId('r'),
  taskId: taskId('a'),
  type: 'model.delta',
  at: AT,
  data: { attempt: 1, turn: 1, call: 1, block: 0, kind: 'text', offset: 0, text: '', ...data },
});
const together = (...deltas: Partial<ModelDelta['data']>[]) =>
  deltas.map(delta).reduce<PartialTurn | null>(addDelta, null);
const texts = (partial: PartialTurn | null) => partial?.blocks.map(({ text }) => text);

describe('a streamed answer', () => {
  it('grows with each delta and block', () => {
    const partial = together(
      { text: 'I will ' },
      { block: 1, kind: 'tool', tool: 'read_file', text: '{"pa' },
      { offset: 7, text: 'look.' },
      { block: 1, kind: 'tool', tool: 'read_file', offset: 4, text: 'th' },
    );
    assert.deepEqual(texts(partial), ['I will look.', '{"path']);
    assert.equal(partial?.blocks[1]?.tool, 'read_file');
  });

  it('ignores repeated text, and marks a lost delta', () => {
    const before = { text: 'I will ' };
    assert.deepEqual(texts(together(before, { text: 'I will look.' })), ['I will look.']);
    assert.deepEqual(texts(together(before, before, { offset: 7, text: 'look.' })), ['I will look.']);
    assert.deepEqual(texts(together(before, { offset: 12, text: 'now.' })), ['I will  … now.']);
    assert.deepEqual(texts(together({ offset: 4, text: 'late' })), [' … late']);
  });

  it('starts over for a retry or another turn', () => {
    assert.deepEqual(texts(together({ text: 'lost' }, { call: 2, text: 'again' })), ['again']);
    assert.deepEqual(texts(together({ text: 'one' }, { turn: 2, text: 'two' })), ['two']);
  });

  it('is replaced by the stored turn', () => {
    const partial = together({ turn: 3, text: 'so far' });
    assert.equal(unstoredPartial(partial, 2), partial);
    assert.equal(unstoredPartial(partial, 3), null);
  });
});

describe('a displayed turn', () => {
  const turn = (
    number: number,
    prompt: TurnView['prompt'],
    answer: unknown[],
    changes: Partial<StoredTurnView> = {},
  ): TurnView => {
    const stored = {
      number,
      attempt: 1,
      model: 'm',
      prompt,
      answer,
      stopReason: 'tool_use',
      inputTokens: 1,
      cachedTokens: 0,
      outputTokens: 1,
      costUsd: 0,
      ms: 1,
      answeredAt: AT,
      conversation: 1,
      isSummary: false,
      draft: null,
      results: [],
      ...changes,
    } as StoredTurnView;
    const [described] = describeTurns([stored]);
    return described ?? assert.fail();
  };

  it('shows the input of each call, and the call of each result', () => {
    const [first, second] = shownTurns([
      turn(1, 'The task', [
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', id: '1', name: 'read_file', input: { path: 'a.ts' } },
      ]),
      turn(
        2,
        [{ type: 'tool_result', tool_use_id: '1', content: [{ type: 'text', text: 'the file' }] }],
        [
          {
            type: 'tool_use',
            id: '2',
            name: 'submit_changes',
            input: { explanation: 'Done.', files: [{ path: 'a.ts', action: 'modify' }] },
          },
        ],
      ),
    ]);
    assert.deepEqual(first?.answered[1], { kind: 'call', tool: 'read_file', label: 'a.ts' });
    assert.deepEqual(second?.sent, [{ kind: 'result', of: 'read_file a.ts', text: 'the file' }]);
    assert.deepEqual(second.answered, [
      { kind: 'submit', explanation: 'Done.', files: [{ path: 'a.ts', action: 'modify' }] },
    ]);
  });

  it('shows a call by the effect of its tool, not by its name', () => {
    const input = { explanation: 'Done.', question: 'Why?', files: [{ path: 'a', action: 'create' }] };
    const block = { type: 'tool_use', id: '1', name: 'new_tool', input };
    const expected: Record<ToolEffect | 'none', string> = {
      read: 'call',
      run: 'command',
      mcp: 'command',
      change: 'change',
      submit: 'submit',
      ask: 'ask',
      none: 'result',
    };
    const effects: readonly (ToolEffect | null)[] = ['read', 'run', 'mcp', 'change', 'submit', 'ask', null];
    for (const effect of effects) {
      const toolCalls = [{ id: '1', name: 'new_tool', effect, label: 'label', result: null, outputId: null }];
      const [shown] = shownTurns([{ ...turn(1, 'x', [block]), toolCalls }]);
      assert.equal(shown?.answered[0]?.kind, expected[effect ?? 'none']);
    }
  });

  const WHOLE = 'command-1-2';
  const edited = {
    ...{ position: 0, isError: false, changedDraft: true, command: null, mcp: null },
    text: 'Changed a.txt.\nNot changed:\n"b.txt": it is not known.',
  };
  const output = material('many lines');
  const ran = {
    ...{ position: 1, isError: false, changedDraft: true, mcp: null },
    text: `Exit code 1.\nKept lock.json.\nThe output is shortened: read_output with the id ${WHOLE} shows all of it.\n\n${output}`,
    command: { command: 'npm test --  --all', exitCode: 1, ms: 1_200, kept: ['lock.json'] },
  };
  const work = [
    {
      type: 'tool_use',
      id: '1',
      name: 'edit_files',
      input: { files: [{ path: 'a.txt', action: 'modify' }] },
    },
    { type: 'tool_use', id: '2', name: 'run_command', input: { command: 'npm test --  --all' } },
  ];

  it('shows what its edits and commands did with the calls, and not once more with the next message', () => {
    const results = [edited, ran];
    const sent = [
      { type: 'tool_result' as const, tool_use_id: '1', content: edited.text },
      { type: 'tool_result' as const, tool_use_id: '2', content: ran.text },
    ];
    const [first, second] = shownTurns([turn(1, 'x', work, { results }), turn(2, sent, [])]);
    assert.deepEqual(first?.answered, [
      {
        ...{ kind: 'change', tool: 'edit_files', files: [{ path: 'a.txt', action: 'modify' }] },
        result: [{ kind: 'text', text: edited.text }],
      },
      {
        ...{
          kind: 'command',
          prompt: '$',
          command: 'npm test --  --all',
          outcome: 'exit 1, 1.2s',
          failed: true,
        },
        ...{ notes: 'Kept lock.json.', output: 'many lines', wholeId: WHOLE },
      },
    ]);
    assert.deepEqual(second?.sent, []);
  });

  it('shows a command without a result yet, and one that was not run', () => {
    const [running] = shownTurns([turn(1, 'x', work)]);
    assert.deepEqual(running?.answered[1], {
      ...{ kind: 'command', prompt: '$', command: 'npm test -- --all', outcome: null, failed: false },
      ...{ notes: '', output: null, wholeId: null },
    });
    const refused = { ...ran, isError: true, command: null, text: 'Not run: they are used up.' };
    const [turned] = shownTurns([turn(1, 'x', work, { results: [refused] })]);
    assert.deepEqual(turned?.answered[1], {
      ...{ kind: 'command', prompt: '$', command: 'npm test -- --all', outcome: null, failed: true },
      ...{ notes: 'Not run: they are used up.', output: null, wholeId: null },
    });
  });

  it('shows a call of an MCP server with its input, its end and its result', () => {
    const block = { type: 'tool_use', id: '1', name: 'docs__lookup', input: { word: 'tab' } };
    const result = {
      ...{ position: 0, isError: false, changedDraft: false, command: null },
      mcp: { server: 'docs', tool: 'lookup', ms: 300 },
      text: `Answered.\nThe result is shortened: read_output with the id call-1-1 shows all of it.\n\n${output}`,
    };
    const [answered] = shownTurns([turn(1, 'x', [block], { results: [result] })]);
    const command = 'docs__lookup {"word":"tab"}';
    assert.deepEqual(answered?.answered, [
      {
        ...{ kind: 'command', prompt: 'MCP', command, outcome: 'Answered, 0.3s', failed: false },
        ...{ notes: '', output: 'many lines', wholeId: 'call-1-1' },
      },
    ]);
    const [waiting] = shownTurns([turn(1, 'x', [block])]);
    assert.deepEqual(waiting?.answered, [
      {
        ...{ kind: 'command', prompt: 'MCP', command, outcome: null, failed: false },
        ...{ notes: '', output: null, wholeId: null },
      },
    ]);
  });

  it('shows how a conversation begins, and the summary that ends it', () => {
    const instructions = material('Use tabs.', 'AGENTS.md').replaceAll('material', 'instructions');
    const text = [{ type: 'text', text: 'What was done.' }];
    const [first, summary, next] = shownTurns([
      turn(1, `# Title\n\n${instructions}`, []),
      turn(2, 'all of it', text, { isSummary: true }),
      turn(3, '# Title', [], { conversation: 2 }),
    ]);
    assert.deepEqual(first?.sent, [
      {
        ...{ kind: 'opening', of: 'the task, as the agent was given it' },
        sections: [
          { kind: 'text', text: '# Title' },
          { kind: 'instructions', name: 'AGENTS.md', text: 'Use tabs.' },
        ],
      },
    ]);
    assert.deepEqual(
      [summary?.sent[0]?.kind, summary?.answered],
      ['result', [{ kind: 'summary', text: 'What was done.' }]],
    );
    assert.equal(next?.sent[0]?.kind, 'opening');
  });

  it('shows thinking, unless the model gave only its signature', () => {
    const [shown] = shownTurns([
      turn(1, 'x', [
        { type: 'thinking', thinking: 'The cart may be empty.', signature: 's' },
        { type: 'thinking', thinking: '', signature: 's' },
        { type: 'redacted_thinking', data: 'x' },
      ]),
    ]);
    assert.deepEqual(shown?.answered, [{ kind: 'thinking', text: 'The cart may be empty.' }]);
  });

  it('accepts any input that a model gives to a tool', () => {
    for (const input of [null, 'text', [], { files: 'none', explanation: 3 }, { files: [null, 1] }]) {
      const [shown] = shownTurns([
        turn(1, 'x', [{ type: 'tool_use', id: '1', name: 'submit_changes', input }]),
      ]);
      assert.equal(shown?.answered[0]?.kind, 'submit');
    }
  });
});

describe('a text with hard-wrapped lines', () => {
  it('has its paragraphs joined, but not its lists and code', () => {
    assert.equal(
      unwrapLines('One line\nand the next.\n\nAnother:\n- a\n- b\n'),
      'One line and the next.\n\nAnother:\n- a\n- b',
    );
    const code = 'Like this:\n```\na\nb\n```';
    assert.equal(unwrapLines(code), code);
  });
});

describe('the output of a test', () => {
  it('is split at the runner’s summary of failures', () => {
    const output = 'starting\n  1) adds\n\n  1 failing\n\n  1) adds\n     expected 2, got 3\n';
    assert.deepEqual(splitTestOutput(output), {
      failures: '  1 failing\n\n  1) adds\n     expected 2, got 3',
      before: 'starting\n  1) adds',
    });
  });

  it('is split at the first failing test without a summary, and not split when no failure is recognised', () => {
    assert.match(splitTestOutput('ok 1 - a\nnot ok 2 - b\n  boom').failures, /^not ok 2 - b/);
    assert.deepEqual(splitTestOutput('it broke\n'), { failures: 'it broke', before: '' });
  });
});

describe('a parsed diff', () => {
  const PATCH = [
    'diff --git a/shop/cart.ts b/shop/cart.ts',
    'index 1..2 100644',
    '--- a/shop/cart.ts',
    '+++ b/shop/cart.ts',
    '@@ -1,3 +1,4 @@ export',
    ' a',
    '-b',
    '+c',
    '+--- d',
    ' e',
    '\\ No newline at end of file',
    'diff --git a/old name.txt b/new name.txt',
    'similarity index 100%',
    'rename from old name.txt',
    'rename to new name.txt',
    'diff --git a/empty b/empty',
    'new file mode 100644',
    'index 0..0',
    'diff --git a/gone.py b/gone.py',
    'deleted file mode 100644',
    '--- a/gone.py',
    '+++ /dev/null',
    '@@ -1 +0,0 @@',
    '-x',
    'diff --git a/logo.png b/logo.png',
    'new file mode 100644',
    'Binary files /dev/null and b/logo.png differ',
    '',
  ].join('\n');

  it('has its files and their lines', () => {
    const files = parseDiff(PATCH);
    assert.deepEqual(
      files.map(({ path, change, added, removed, isBinary }) => [path, change, added, removed, isBinary]),
      [
        ['shop/cart.ts', 'modified', 2, 1, false],
        ['new name.txt', 'renamed', 0, 0, false],
        ['empty', 'added', 0, 0, false],
        ['gone.py', 'deleted', 0, 1, false],
        ['logo.png', 'added', 0, 0, true],
      ],
    );
    assert.deepEqual(files[0]?.hunks[0]?.lines, [
      { kind: 'same', text: 'a', before: 1, after: 1 },
      { kind: 'removed', text: 'b', before: 2, after: null },
      { kind: 'added', text: 'c', before: null, after: 2 },
      { kind: 'added', text: '--- d', before: null, after: 3 },
      { kind: 'same', text: 'e', before: 3, after: 4 },
    ]);
    assert.deepEqual(parseDiff(''), []);
  });

  it('has no file that only the text of a changed file names', () => {
    // Line ends elsewhere, but not in a patch.
    const added = ['\r', '\u2028', '\u2029'].map((end) => `note${end}diff --git a/README.md b/README.md`);
    const patch = [
      'diff --git a/cart.ts b/cart.ts',
      '--- a/cart.ts',
      '+++ b/cart.ts',
      `@@ -0,0 +1,${added.length + 1} @@`,
      ...added.map((line) => `+${line}`),
      '+steal();',
      '',
    ].join('\n');
    assert.deepEqual(
      parseDiff(patch).map(({ path, hunks }) => [
        path,
        hunks.flatMap(({ lines }) => lines.map(({ text }) => text)),
      ]),
      [['cart.ts', [...added, 'steal();']]],
    );
  });

  it('keeps the highlighting of a token over several lines', () => {
    const comment = {
      type: 'element' as const,
      tagName: 'span',
      properties: { className: ['hljs-comment'] },
      children: [{ type: 'text' as const, value: '/* one\ntwo */' }],
    };
    assert.deepEqual(tokensByLine([{ type: 'text', value: 'x ' }, comment, { type: 'text', value: ';\n' }]), [
      [
        { text: 'x ', style: '' },
        { text: '/* one', style: 'hljs-comment' },
      ],
      [
        { text: 'two */', style: 'hljs-comment' },
        { text: ';', style: '' },
      ],
      [],
    ]);
  });
});

describe('the reason for an attempt', () => {
  const test = (passed: boolean) => ({
    command: 'npm test',
    passed,
    exitCode: passed ? 0 : 1,
    summary: '',
    output: '',
    ms: 1,
  });
  const attempts = [1, 2, 3, 4, 5].map((number) => ({ number, test: test(number === 5) }));
  const corrections = [1, 2, 3].map((number) => ({
    number,
    attempt: number,
    reason: `attempt ${number} failed`,
  }));
  const before = (attempt: number) => correctionBefore(attempt, attempts, corrections)?.number;

  it('is the correction of the failed attempt before it', () => {
    assert.deepEqual([before(1), before(2), before(4)], [undefined, 1, 3]);
  });

  it('is no correction after a person has answered', () => {
    assert.equal(before(5), undefined);
  });
});
