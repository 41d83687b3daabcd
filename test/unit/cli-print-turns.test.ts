import assert from 'node:assert/strict';
import { encode } from '../../src/shared/words/terminal-text.js';
import { turnLines, type PrintedTurn } from '../../src/cli/print/print-turns.js';
import { describeTurns } from '../../src/agent/answer/tool-calls.js';
import type { StoredTurnView } from '../../src/contract/api.js';
import { material } from '../../src/shared/words/material.js';

const read = (id: string, path: string) =>
  ({ type: 'tool_use', id, name: 'read_file', input: { path }, caller: { type: 'direct' } }) as const;

const turn = (number: number, changes: Partial<StoredTurnView>): StoredTurnView => ({
  ...{ number, attempt: 1, model: 'm', prompt: 'Go on.', answer: [], stopReason: 'tool_use', ms: 1 },
  ...{ inputTokens: 1, cachedTokens: 0, outputTokens: 1, costUsd: 0, answeredAt: '', conversation: 1 },
  ...{ isSummary: false, draft: null, results: [], ...changes },
});

const printed = (turns: readonly StoredTurnView[]): string => {
  const described = describeTurns(turns).map((each): PrintedTurn => ({ ...each, draft: null }));
  return turnLines(described, []).map(encode).join('\n');
};

describe('the turns of a task as `show` prints them', () => {
  const result = (id: string, content: string) =>
    ({ type: 'tool_result', tool_use_id: id, content }) as const;

  it('have the result of each read tool below its call, and not once more in the next turn', () => {
    const text = printed([
      turn(1, { answer: [read('1', 'a.ts'), read('2', 'b.ts')] }),
      turn(2, {
        prompt: [
          result('1', material('one\ntwo')),
          result('2', 'no file'),
          { type: 'text', text: 'A hint.' },
        ],
      }),
    ]);
    assert.match(text, /\n {2}read_file a\.ts\n {4}one\n {4}two\n {2}read_file b\.ts\n {4}no file\n/);
    assert.equal(text.match(/one/g)?.length, 1);
    assert.match(text, /── turn 2, attempt 1\n {2}A hint\.\n/);
    assert.doesNotMatch(text, /<material/);
  });

  it('keep the result of a call that they do not print', () => {
    assert.match(printed([turn(2, { prompt: [result('gone', 'found')] })]), /turn 2, attempt 1\n {2}found\n/);
  });

  it('have the code of a change and of a submission as lines of code', () => {
    const call = (id: string, name: string, input: unknown) =>
      ({ type: 'tool_use', id, name, input, caller: { type: 'direct' } }) as const;
    const change = { path: 'a.ts', content: 'if (a) {\n  b("c");\n}\n' };
    const submitted = {
      explanation: 'Done.',
      changes: [
        { path: 'b.ts', action: 'modify', edits: [{ find: 'x\ny', replace: '' }] },
        { path: 'c.ts', action: 'delete' },
      ],
      notes: ['one', 2],
    };
    const text = printed([
      turn(1, { answer: [call('1', 'write_file', change), call('2', 'submit', submitted)] }),
    ]);
    const lines = [
      '  write_file',
      '    path: a.ts',
      '    content:',
      '      | if (a) {',
      '      |   b("c");',
      '      | }',
      '  submit',
      '    explanation: Done.',
      '    changes:',
      '      1.',
      '        path: b.ts',
      '        action: modify',
      '        edits:',
      '          1.',
      '            find:',
      '              | x',
      '              | y',
      '            replace: ',
      '      2.',
      '        path: c.ts',
      '        action: delete',
      '    notes:',
      '      - one',
      '      - 2',
    ];
    assert.ok(text.endsWith(`── the model\n${lines.join('\n')}`), text);
  });
});
