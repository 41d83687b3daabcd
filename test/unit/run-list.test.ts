import assert from 'node:assert/strict';
import { textWidth } from '../../src/cli/follow/plain-text.js';
import { runTable } from '../../src/cli/print/run-table.js';
import { runId } from '../../src/contract/ids.js';
import type { RunListEntry } from '../../src/contract/run-view.js';
import { openDependants } from '../../src/shared/open-dependants.js';
import { acceptedWords, verifyWords } from '../../src/shared/words/judgement-words.js';
import { encode } from '../../src/shared/words/terminal-text.js';
import { runDoubt, runDurationMs, selectRuns, type RunSelection } from '../../src/shared/run-list.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');

const entry = (id: string, changes: Partial<RunListEntry> = {}): RunListEntry => ({
  runId: runId(id),
  name: 'shop',
  status: 'running',
  startedAt: '2026-11-24T11:00:00.000Z',
  finishedAt: null,
  repo: '/home/ada/shop',
  tasks: { total: 3, completed: 1, unproven: 0 },
  questions: 0,
  costUsd: 1,
  isCostUnknown: false,
  verify: null,
  waiting: null,
  ...changes,
});

describe('the list of runs', () => {
  const runs = [
    entry('newest', { name: 'zoo', costUsd: 2 }),
    entry('middle', { status: 'failed', finishedAt: '2026-11-24T11:00:05.000Z', repo: '/srv/Library' }),
    entry('oldest', { name: 'bar', questions: 4, startedAt: '2026-11-24T09:00:00.000Z' }),
  ];
  const ids = (changes: Partial<RunSelection>) =>
    selectRuns(runs, { status: null, find: '', order: 'age', ...changes }, NOW).map((run) => run.runId);

  it('is filtered and searched by name, id and repository', () => {
    assert.deepEqual(ids({ status: 'failed' }), ['middle']);
    assert.deepEqual(ids({ find: ' library ' }), ['middle']);
    assert.deepEqual(ids({ find: 'OLD' }), ['oldest']);
    assert.deepEqual(ids({ find: 'zoo', status: 'failed' }), []);
  });

  it('is sorted', () => {
    assert.deepEqual(ids({}), ['newest', 'middle', 'oldest']);
    assert.deepEqual(ids({ order: 'name' }), ['oldest', 'middle', 'newest']);
    assert.deepEqual(ids({ order: 'cost' }), ['newest', 'middle', 'oldest']);
    assert.deepEqual(ids({ order: 'duration' }), ['oldest', 'newest', 'middle']);
    assert.deepEqual(ids({ order: 'questions' })[0], 'oldest');
    assert.equal(runDurationMs(runs[1] ?? assert.fail(), NOW), 5_000);
  });

  it('cuts long names to the width of a terminal, and keeps them where there is none', () => {
    const long = entry('a', { name: `The ${'w'.repeat(200)}` });
    const lines = (columns: number | null) => runTable([long, entry('b')], NOW, columns).map(encode);
    const shown = lines(110);
    for (const line of shown) assert.ok(textWidth(line) <= 110, line);
    assert.match(shown[1] ?? '', /^a {4}The w+… +running .*\/home\/ada\/shop$/);
    assert.ok(lines(null)[1]?.includes(long.name));
    assert.match(lines(40)[1] ?? '', /^a {4}The w{11}… {2}running/, 'no narrower than a name needs');
    const [, unpriced] = runTable([entry('b', { costUsd: 0, isCostUnknown: true })], NOW, null).map(encode);
    assert.match(unpriced ?? '', / {2}unknown {2}/, 'the cost');
    assert.deepEqual(runTable([entry('b')], NOW, 300), runTable([entry('b')], NOW, null));
  });

  it('says what qualifies a completed run', () => {
    const completed = { status: 'completed', verify: 'passed' } as const;
    assert.equal(runDoubt(entry('a', completed)), null);
    assert.equal(
      runDoubt(
        entry('a', { ...completed, verify: 'failed', tasks: { total: 3, completed: 3, unproven: 2 } }),
      ),
      'verify failed, 2 accepted without passing tests',
    );
  });
});

describe('the words for completed work', () => {
  it('say when no test passed', () => {
    assert.equal(acceptedWords('completed', 'passed'), null);
    assert.equal(acceptedWords('completed', 'failed'), 'accepted, tests failed');
    assert.equal(acceptedWords('completed', 'untested'), 'accepted, untested');
    assert.equal(acceptedWords('completed', null), 'accepted, untested');
    assert.equal(acceptedWords('in_progress', 'failed'), null);
    assert.equal(verifyWords('completed', 'failed'), 'verify failed');
    assert.equal(verifyWords('completed', 'passed'), null);
  });
});

describe('the open dependants of tasks', () => {
  it('are those that depend on them through others too, and have not ended', () => {
    const task = (id: string, dependsOn: string[], status: 'pending' | 'skipped' = 'pending') => ({
      ...{ id, title: id, status, dependsOn },
    });
    const tasks = [
      task('d', ['c', 'b']),
      task('a', []),
      task('b', ['a']),
      task('c', ['b']),
      task('over', ['a'], 'skipped'),
      task('other', []),
    ];
    const dependants = (...of: string[]) => openDependants(tasks, of).map(({ id }) => id);
    assert.deepEqual(dependants('a'), ['d', 'b', 'c']);
    assert.deepEqual(dependants('a', 'c'), ['d', 'b'], 'without those that they depend on');
    assert.deepEqual(dependants('other'), []);
  });
});
