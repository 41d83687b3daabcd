import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { readFileSync } from 'node:fs';
import { commandsFor, readAnswer, type TypedAnswer } from '../../src/cli/answer/answer-commands.js';
import { blockerLines, summaryOf, type OpenBlocker } from '../../src/cli/print/run-summary.js';
import { encode } from '../../src/shared/words/terminal-text.js';
import type { BlockerView, RunView, TaskView } from '../../src/contract/run-view.js';
import type { FoundBlocker } from '../../src/db/blockers.js';
import { UsageError } from '../../src/contract/errors.js';
import { blockerId, commitSha, runId, taskId } from '../../src/contract/ids.js';
import { requireFittingAnswer } from '../../src/runs/control/answer-choice.js';

const BASE = commitSha('0'.repeat(40));

const ofTask: FoundBlocker = {
  id: blockerId('shop:cart:1'),
  runId: runId('shop'),
  taskId: taskId('cart'),
  reason: 'tests_failed',
  resolvedBy: null,
  budgetUsd: null,
};
const asking: FoundBlocker = { ...ofTask, reason: 'question' };
const refusedByModel: FoundBlocker = { ...ofTask, reason: 'refusal' };
const ofRun = (reason: string, budgetUsd: number | null = null): FoundBlocker => ({
  ...ofTask,
  id: blockerId('shop:1'),
  taskId: null,
  reason,
  budgetUsd,
});
const answered = (blocker: FoundBlocker, typed: TypedAnswer) =>
  requireFittingAnswer(blocker, readAnswer(typed), 'ada');

/** The options that a UsageError names; empty if there is none. */
function problemsOf(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.problems.map(({ path }) => path);
  }
  return [];
}

describe('a typed answer', () => {
  const rows: readonly (readonly [string, FoundBlocker, TypedAnswer, ReturnType<typeof answered>])[] = [
    [
      'a hint',
      ofTask,
      { text: 'Half to even' },
      { choice: { kind: 'hint' }, text: 'Half to even', addUsd: 0, by: 'ada' },
    ],
    [
      'more corrections, with a hint and more money',
      { ...ofTask, budgetUsd: 5 },
      { retry: '3', text: 'Look', addUsd: '0.50' },
      { choice: { kind: 'retry', corrections: 3 }, text: 'Look', addUsd: 0.5, by: 'ada' },
    ],
    [
      'an answer to a question, with more corrections',
      asking,
      { retry: '3', text: ' Half up ' },
      { choice: { kind: 'retry', corrections: 3 }, text: 'Half up', addUsd: 0, by: 'ada' },
    ],
    [
      'another way for a refused task, with more corrections and more money',
      { ...refusedByModel, budgetUsd: 5 },
      { retry: '3', text: 'Leave the scanner out', addUsd: '1' },
      { choice: { kind: 'retry', corrections: 3 }, text: 'Leave the scanner out', addUsd: 1, by: 'ada' },
    ],
    [
      'another try of a refused task, whose new conversation may pass',
      refusedByModel,
      { retry: '1' },
      { choice: { kind: 'retry', corrections: 1 }, text: '', addUsd: 0, by: 'ada' },
    ],
    [
      'to accept the work, with more money for the others',
      { ...ofTask, budgetUsd: 5 },
      { accept: true, addUsd: '1' },
      { choice: { kind: 'accept' }, text: '', addUsd: 1, by: 'ada' },
    ],
    [
      'to accept the work',
      ofTask,
      { accept: true },
      { choice: { kind: 'accept' }, text: '', addUsd: 0, by: 'ada' },
    ],
    [
      'to skip the task',
      ofTask,
      { skip: true },
      { choice: { kind: 'skip' }, text: '', addUsd: 0, by: 'ada' },
    ],
    [
      'more money',
      ofRun('budget', 5),
      { addUsd: '5' },
      { choice: { kind: 'money' }, text: '', addUsd: 5, by: 'ada' },
    ],
    [
      'as much money as a budget can have',
      ofRun('budget', 5),
      { addUsd: '9999994' },
      { choice: { kind: 'money' }, text: '', addUsd: 9_999_994, by: 'ada' },
    ],
    [
      'to accept the branch',
      ofRun('verify'),
      { accept: true },
      { choice: { kind: 'accept' }, text: '', addUsd: 0, by: 'ada' },
    ],
    [
      'that the access is fixed',
      ofRun('model_access'),
      { text: 'fixed' },
      { choice: { kind: 'hint' }, text: 'fixed', addUsd: 0, by: 'ada' },
    ],
  ];
  for (const [what, blocker, typed, means] of rows) {
    it(`means ${what}`, () => assert.deepEqual(answered(blocker, typed), means));
  }

  const refused: readonly (readonly [string, FoundBlocker, TypedAnswer, readonly string[]])[] = [
    [
      'invalid values and mutually exclusive choices',
      ofTask,
      { retry: '0', accept: true, skip: true, addUsd: '1,50' },
      ['--retry', '--add-usd', '--retry, --accept, --skip'],
    ],
    ['an empty hint', ofTask, {}, ['text']],
    ['a hint of spaces', ofTask, { text: '  ' }, ['text']],
    ['nothing at all about the branch', ofRun('branch'), {}, ['text']],
    ['more corrections for a question of an agent', asking, { retry: '3' }, ['text']],
    ['more money for a question of an agent', { ...asking, budgetUsd: 5 }, { addUsd: '5' }, ['text']],
    ['more money alone after failed tests', { ...ofTask, budgetUsd: 5 }, { addUsd: '5' }, ['text']],
    ['more money alone for a failed `verify`', ofRun('verify', 5), { addUsd: '5' }, ['text']],
    ['more money alone for a refused task', { ...refusedByModel, budgetUsd: 5 }, { addUsd: '5' }, ['text']],
    ['nothing at all when the budget is spent', ofRun('budget', 5), {}, ['--add-usd']],
    ['a commit for a question about the run', ofRun('verify'), { commit: 'HEAD' }, ['--commit']],
    ['too many corrections', ofTask, { retry: '101' }, ['--retry']],
    ['an amount of zero', ofTask, { addUsd: '0' }, ['--add-usd']],
    [
      'money that makes the budget larger than the database can hold',
      ofRun('budget', 5),
      { addUsd: '9999995' },
      ['--add-usd'],
    ],
    ['money for a run without a budget', ofTask, { text: 'x', addUsd: '1' }, ['--add-usd']],
    [
      'any choice but money when the budget is spent',
      ofRun('budget', 5),
      { skip: true },
      ['--skip', '--add-usd'],
    ],
    ['text alone when the budget is spent', ofRun('budget', 5), { text: 'Go on' }, ['--add-usd']],
    [
      'corrections for a question about the branch',
      ofRun('verify'),
      { retry: '2', addUsd: '1' },
      ['--retry', '--add-usd'],
    ],
    ['accepting work when a run has no model access', ofRun('model_access'), { accept: true }, ['--accept']],
  ];
  for (const [what, blocker, typed, problems] of refused) {
    it(`is refused: ${what}`, () =>
      assert.deepEqual(
        problemsOf(() => answered(blocker, typed)),
        problems,
      ));
  }

  it('says what to write beside more money, and to a model that refused', () => {
    const says = (blocker: FoundBlocker, typed: TypedAnswer) => {
      const found: string[] = [];
      assert.throws(
        () => answered({ ...blocker, budgetUsd: 5 }, typed),
        (error: unknown) => {
          assert.ok(error instanceof UsageError);
          found.push(...error.problems.map(({ message }) => message));
          return true;
        },
      );
      return found.join('; ');
    };
    assert.match(says(ofTask, { addUsd: '1' }), /^more money alone .*: write a hint too, or choose/);
    assert.match(says(ofRun('verify'), { addUsd: '1' }), /^more money alone .*: write "fixed" too/);
  });

  it('does not call a budget spent that is only too small for the next call', () => {
    assert.throws(
      () => answered(ofRun('budget', 5), { text: 'Go on' }),
      (error: unknown) => {
        assert.ok(error instanceof UsageError);
        const words = error.problems.map(({ message }) => message);
        assert.deepEqual(words, ['is required: the run’s budget does not cover the next model call']);
        return true;
      },
    );
  });
});

describe('a displayed question', () => {
  const shown = (blocker: FoundBlocker): BlockerView => ({
    ...blocker,
    question: 'Why?',
    at: '2026-11-24T00:00:00.000Z',
  });
  const typedBy = (blocker: FoundBlocker) =>
    commandsFor(shown(blocker)).map(([command]) => command.slice(`leadwright answer ${blocker.id}`.length));

  it('comes with the commands that fit its reason', () => {
    assert.deepEqual(typedBy(ofTask), [' "TEXT"', ' --retry 3', ' --accept', ' --skip', ' --commit REV']);
    assert.deepEqual(typedBy(asking), [' "TEXT"', ' --accept', ' --skip', ' --commit REV']);
    assert.deepEqual(typedBy(refusedByModel), [' "TEXT"', ' --accept', ' --skip', ' --commit REV']);
    assert.deepEqual(typedBy(ofRun('budget')), [' --add-usd 5']);
    assert.deepEqual(typedBy(ofRun('verify')), [' "verify again"', ' --accept']);
    assert.deepEqual(typedBy(ofRun('branch')), [' "fixed"']);
  });

  it('offers only commands that are accepted', () => {
    for (const blocker of [
      { ...ofTask, budgetUsd: 1 },
      asking,
      refusedByModel,
      ofRun('budget', 1),
      ofRun('verify'),
      ofRun('branch'),
    ]) {
      for (const words of typedBy(blocker)) {
        const [, option, value] = / (--[a-z-]+|"[^"]+") ?(\d*)/.exec(words) ?? [];
        const typed: TypedAnswer =
          option === '--retry'
            ? { retry: value ?? '' }
            : option === '--add-usd'
              ? { addUsd: value ?? '' }
              : {
                  accept: option === '--accept',
                  skip: option === '--skip',
                  ...(option === '--commit' ? { commit: 'HEAD' } : {}),
                  text: option?.startsWith('"') === true ? 'x' : '',
                };
        assert.deepEqual(
          problemsOf(() => answered(blocker, typed)),
          [],
          `${blocker.id}${words}`,
        );
      }
    }
  });

  it('says if its notification could not be delivered', () => {
    const lines = (failedNotifications: number) =>
      blockerLines([{ ...shown(ofTask), failedNotifications }])
        .map(encode)
        .join('\n');
    assert.match(lines(2), /Could not deliver the blocker notification with on_blocker yet \(2 tries\)/);
    assert.doesNotMatch(lines(0), /on_blocker/);
  });

  it('keeps the lines of a question, and fits a narrow terminal without breaking words or commands', () => {
    const question =
      'Which currency do the prices have?\n\n- euro, as in the tests\n- dollar, as in the README of it\n';
    const wide = blockerLines([{ ...shown(ofTask), question, failedNotifications: 0 }]).map(encode);
    assert.deepEqual(wide.slice(0, 3).map(stripVTControlCharacters), [
      `? ${ofTask.taskId ?? ''} (${ofTask.reason}): Which currency do the prices have?`,
      '  - euro, as in the tests',
      '  - dollar, as in the README of it',
    ]);
    const narrow = blockerLines([{ ...shown(ofTask), question, failedNotifications: 0 }], 30)
      .map(encode)
      .map(stripVTControlCharacters);
    const commands = narrow.filter((line) => line.startsWith('    leadwright answer '));
    assert.ok(commands.length > 1, 'each command is a line of its own, which can be copied');
    for (const line of narrow.filter((each) => !commands.includes(each))) assert.ok(line.length <= 30, line);
    assert.ok(narrow.includes('  - dollar, as in the README'), narrow.join('\n'));
  });

  it('keeps the indents of a question that shows code', () => {
    const question = 'Is this right?\n  if (a) {\n\treturn  b;\n                deep\n  }';
    const lines = blockerLines([{ ...shown(ofTask), question, failedNotifications: 0 }], 40).map(encode);
    assert.deepEqual(lines.slice(1, 5).map(stripVTControlCharacters), [
      '    if (a) {',
      '    return b;',
      '              deep',
      '    }',
    ]);
  });

  it('appears below the spent part of the budget', () => {
    const usage = {
      modelCalls: 1,
      inputTokens: 1,
      outputTokens: 1,
      costUsd: 1.2,
      possiblyBilled: { calls: 0, costUsd: 0 },
    };
    const view: RunView = {
      runId: runId('shop'),
      status: 'blocked',
      repo: '/r',
      branch: 'leadwright/shop',
      base: BASE,
      commit: BASE,
      tasks: [],
      verify: null,
      accepted: [],
      waiting: null,
      usage,
      urls: { dashboard: '', temporal: null },
    };
    const landed = {
      id: taskId('a'),
      title: 'A',
      status: 'completed' as const,
      assignedTo: 'backend' as const,
      attempts: 1,
      corrections: 0,
      commit: BASE,
      filesModified: ['src/a.ts', '.husky/pre-commit'],
      output: '',
      error: null,
      verdict: null,
    };
    const [, , first = ''] = summaryOf({ ...view, tasks: [landed] }, [], null).map(encode);
    assert.match(first, /runs on your machine: \.husky\/pre-commit$/);
    const headOf = (status: RunView['status'], tasks: readonly TaskView['status'][], modelCalls = 0) => {
      const described = tasks.map((each) => ({ ...landed, attempts: 0, status: each, commit: null }));
      const head = { ...view, status, tasks: described, usage: { ...usage, modelCalls } };
      return summaryOf(head, [], null).map(encode)[0];
    };
    const base = 'its base is checked first (set-up, tests)';
    assert.equal(headOf('running', ['pending', 'pending']), `shop  running: ${base}  0 of 2 tasks done`);
    assert.equal(headOf('running', ['pending'], 1), 'shop  running  0 of 1 task done', 'it is retried');
    assert.equal(headOf('running', ['pending', 'in_progress']), 'shop  running  0 of 2 tasks done');
    assert.equal(headOf('paused', ['pending']), 'shop  paused  0 of 1 task done');
    const spaced = summaryOf({ ...view, repo: '/my work/shop', tasks: [landed] }, [], null).map(encode);
    assert.match(spaced.join('\n'), /^ {2}log: {3}git -C '\/my work\/shop' log --stat /m);
    const completed = summaryOf({ ...view, status: 'completed', tasks: [landed] }, [], null).map(encode);
    assert.match(completed.join('\n'), /^ {2}merge: git -C \/r merge leadwright\/shop$/m);
    assert.doesNotMatch(spaced.join('\n'), /merge:/);
    const ended = (...statuses: readonly TaskView['status'][]) =>
      summaryOf(
        { ...view, status: 'failed', tasks: statuses.map((status) => ({ ...landed, status })) },
        [],
        null,
      )
        .map(encode)
        .join('\n');
    const retry = 'Try them again with:  leadwright retry shop --failed';
    assert.ok(ended('completed', 'skipped').includes(`of its tasks, 1 skipped. ${retry}`));
    assert.ok(ended('failed', 'skipped', 'skipped').includes(`1 failed and 2 skipped. ${retry}`));
    assert.match(ended('completed', 'skipped'), /not verified: `verify` runs once all tasks are completed/);
    assert.doesNotMatch(ended('completed'), /again with|verif/, 'the reason is not in its tasks');
    assert.match(ended('failed', 'pending'), /^ {2}branch leadwright\/shop in \/r$/m);
    assert.doesNotMatch(
      ended('pending', 'pending'),
      /branch|log/,
      'a run that could not start has no branch',
    );
    const open = { ...shown(asking), failedNotifications: 0 };
    const waits = (error: string) =>
      summaryOf(
        { ...view, tasks: [{ ...landed, id: taskId('cart'), status: 'blocked', error, filesModified: [] }] },
        [open],
        null,
      )
        .map(encode)
        .join('\n');
    assert.match(waits(open.question), /^ {2}\? A\n[^]*\? cart \(question\): Why\?\n/m, 'asked once');
    assert.match(waits('The whole run waits'), /^ {2}\? A {2}The whole run waits\n/m);
    const ofRun = { ...open, taskId: null, question: 'No access.' };
    const answered = (status: RunView['status'], error: string, questions: readonly OpenBlocker[]) =>
      summaryOf(
        { ...view, status, tasks: [{ ...landed, status: 'blocked', error, filesModified: [] }] },
        questions,
        null,
      )
        .map(encode)
        .join('\n');
    assert.match(answered('paused', 'Why?', []), /^ {2}· A \(answered: goes on when the run is resumed\)\n/m);
    assert.match(answered('running', 'Why?', []), /^ {2}· A \(answered: goes on next\)\n/m);
    assert.match(
      answered('blocked', 'Why?', [ofRun]),
      /^ {2}· A \(answered: goes on when the question of the run is answered\)\n/m,
    );
    assert.match(answered('blocked', 'No access.', [ofRun]), /^ {2}\? A {2}No access\.\n/m);
    assert.match(
      answered('blocked', 'The whole run waits for a person', [ofRun]),
      /^ {2}\? A {2}The whole run waits for a person\n/m,
      'the task itself was asked nothing, so nothing was answered',
    );
    const migration = readFileSync('prisma/migrations/20261127120000_initial/migration.sql', 'utf8');
    assert.ok(migration.includes("'The whole run waits for a person'"), 'the error that the database gives');
    const judged = (changes: Partial<RunView>, verdict: TaskView['verdict']) =>
      summaryOf({ ...view, ...changes, tasks: [{ ...landed, verdict, filesModified: [] }] }, [], null)
        .map(encode)
        .join('\n');
    const accepted = [landed.id];
    assert.match(judged({ accepted }, 'failed'), /✔ A \(accepted, tests failed\)/);
    assert.match(judged({ accepted }, 'untested'), /✔ A \(accepted, untested\)/);
    assert.match(judged({ verify: 'failed' }, 'passed'), /^shop {2}blocked, verify failed {2}/);
    assert.doesNotMatch(judged({ accepted, verify: 'passed' }, 'passed'), /accepted|verify/);
    assert.match(
      judged({ status: 'running', verify: 'failed' }, 'passed'),
      /^shop {2}running: all tasks are done, and `verify` runs on the branch {2}1 of 1 task done/,
      'not that it failed before',
    );
    const goOn = / {2}Continue it with: {2}leadwright resume shop$/m;
    assert.match(judged({ status: 'cancelled' }, 'passed'), goOn, 'its `verify` is left to do');
    const labelled = (status: TaskView['status'], commit: TaskView['commit']) =>
      summaryOf({ ...view, tasks: [{ ...landed, status, commit }] }, [], null)
        .map(encode)
        .join('\n');
    assert.match(labelled('completed', null), /✔ A \(nothing new on the branch\)/);
    assert.doesNotMatch(labelled('completed', BASE), /nothing new/);
    assert.doesNotMatch(labelled('in_progress', null), /nothing new on the/);
    const still = { ...landed, status: 'in_progress' as const, filesModified: [] };
    const paused = summaryOf({ ...view, status: 'paused', tasks: [still] }, [], null).map(encode);
    assert.match(paused.join('\n'), /· A \(stands still until the run is resumed; /);
    assert.match(paused.join('\n'), goOn);
    const stopped = (status: TaskView['status']) =>
      summaryOf(
        { ...view, status: 'cancelled', tasks: [landed, { ...landed, status, commit: null }] },
        [],
        null,
      )
        .map(encode)
        .join('\n');
    assert.match(stopped('cancelled'), goOn);
    assert.match(stopped('failed'), goOn, 'a question about the run may have been open');
    assert.match(stopped('failed'), /^ {2}log: {3}git /m);
    assert.match(labelled('failed', null), / in .* \(nothing new on it yet\)$/m);
    assert.doesNotMatch(labelled('failed', null), /log:/);
    const free = { ...view, usage: { ...usage, costUsd: 0 } };
    const unknown = summaryOf(free, [], null, ['my-model']).map(encode).join('\n');
    assert.match(unknown, / tokens, cost unknown \(my-model has no known price\)\n/);
    const text = (budget: Parameters<typeof summaryOf>[2]) =>
      summaryOf(view, [], budget).map(encode).join('\n');
    const spent = { budgetUsd: 5, spentUsd: 1.2, reservedUsd: 0.3 };
    assert.match(
      text({ ...spent, possiblyBilledUsd: 0 }),
      /\$1\.20 of its budget of \$5\.00 spent, \$0\.30 reserved for calls under way\n/,
    );
    const lost = text({ ...spent, possiblyBilledUsd: 0.3 });
    assert.match(lost, /budget of \$5\.00 spent, \$0\.30 possibly billed\n/);
    assert.match(lost, /possibly billed: up to \$0\.30 more\. 1 call was sent and never fully answered/);
    assert.doesNotMatch(lost, /reserved/);
    assert.match(
      text({ ...spent, possiblyBilledUsd: 0.1 }),
      /spent, \$0\.20 reserved for calls under way, \$0\.10 possibly billed/,
    );
    assert.doesNotMatch(text(null), /budget|billed/);
    const unpriced = { ...view.usage, costUsd: 0, possiblyBilled: { calls: 1, costUsd: 0 } };
    assert.match(
      summaryOf({ ...view, usage: unpriced }, [], null)
        .map(encode)
        .join('\n'),
      /possibly billed: 1 call was sent and never fully answered/,
    );
    const lostCalls = { ...view.usage, possiblyBilled: { calls: 2, costUsd: 0.4 } };
    assert.match(
      summaryOf({ ...view, usage: lostCalls }, [], null)
        .map(encode)
        .join('\n'),
      /possibly billed: up to \$0\.40 more/,
    );
  });
});
