import assert from 'node:assert/strict';
import { taskId } from '../../src/contract/ids.js';
import { renderDetails, renderEnd } from '../../src/workflows/current-details.js';
import type { IndexedGraph } from '../../src/workflows/indexed-graph.js';
import {
  dependantsOf,
  skipDependants,
  startableTasks,
  statusOf,
  candidatesToLand,
  tasksToStart,
} from '../../src/workflows/task-graph.js';
import { createEntry, mayBeRunning, type Entry, type TaskState } from '../../src/workflows/task-entry.js';
import { entry, NO_PROGRESS, graphOf, node, type EntryParts, type NodeParts } from '../support/graph.js';

const ids = (entries: readonly Entry[]) => entries.map((each) => each.node.id);
const started = (graph: IndexedGraph, concurrency = 10, now = 0) =>
  ids(tasksToStart(graph, concurrency, now));
const MINUTE = 60_000;
/** The progress of a task with a person's commit that was not tested yet. */
const HANDED_IN = { ...NO_PROGRESS, kind: 'handed_in' } as const;

describe('a task read from the record', () => {
  const rows: [string, NodeParts, TaskState][] = [
    ['that never started is pending', {}, 'pending'],
    ['whose workflow was lost is pending again', { status: 'in_progress' }, 'pending'],
    ['whose attempt passed is ready to land', { status: 'in_progress', ready: true }, 'ready'],
    ['whose question is open is blocked', { status: 'blocked' }, 'blocked'],
    ['whose question was answered waits for a slot', { status: 'blocked', answered: true }, 'pending'],
    [
      'whose work a person accepted is ready to land',
      { status: 'blocked', answered: true, ready: true },
      'ready',
    ],
    ['that waits on the run waits', { status: 'blocked', waitingOnRun: true }, 'waiting_on_run'],
    [
      'whose work a person accepted is ready to land while the run waits',
      { status: 'blocked', waitingOnRun: true, ready: true },
      'ready',
    ],
    [
      'for which a person handed in a commit is pending while the run waits',
      { status: 'blocked', waitingOnRun: true, progress: HANDED_IN },
      'pending',
    ],
    ['that is completed stays completed', { status: 'completed' }, 'completed'],
    ['that was skipped stays skipped', { status: 'skipped' }, 'skipped'],
  ];
  for (const [what, parts, state] of rows) {
    it(what, () => {
      assert.equal(createEntry(node('a', parts)).state, state);
    });
  }
});

describe('a task that an earlier lead may have left running', () => {
  const rows: [string, NodeParts, number | undefined, boolean][] = [
    ['has not recorded anything yet', {}, 1, true],
    ['was never started', {}, undefined, false],
    ['is at work', { status: 'in_progress', workflows: 1 }, 1, true],
    ['is at work, for a lead that was terminated', { status: 'in_progress', workflows: 1 }, undefined, true],
    ['has passed its tests', { status: 'in_progress', workflows: 1, ready: true }, 1, false],
    ['has asked', { status: 'blocked', workflows: 0 }, 1, false],
    ['was answered, and waits for a slot', { status: 'blocked', answered: true, workflows: 1 }, 1, false],
    ['was answered, and goes on', { status: 'blocked', answered: true, workflows: 1 }, 2, true],
    [
      'tests a commit that was handed in while the run waits',
      { status: 'blocked', waitingOnRun: true, workflows: 1, progress: HANDED_IN },
      2,
      true,
    ],
    ['waits on the run', { status: 'blocked', waitingOnRun: true, workflows: 1 }, 2, false],
    ['has failed', { status: 'failed', workflows: 1 }, 2, false],
  ];
  for (const [what, parts, inherited, expected] of rows) {
    it(`${expected ? 'is adopted' : 'is not adopted'} when it ${what}`, () => {
      assert.equal(mayBeRunning(node('a', parts), inherited), expected);
    });
  }
});

describe('tasksToStart', () => {
  it('starts at most as many as it may', () => {
    const graph = graphOf(entry('a'), entry('b'), entry('c', { priority: 0 }));
    assert.deepEqual(
      tasksToStart(graph, 3, 0, 2).map(({ node: { id } }) => id),
      ['c', 'a'],
    );
  });

  it('starts the most urgent task first, and equal ones in the plan’s order', () => {
    const graph = graphOf(entry('a'), entry('b', { priority: 0 }), entry('c'), entry('d', { priority: 4 }));
    assert.deepEqual(started(graph, 3), ['b', 'a', 'c']);
  });

  it('prefers started tasks at the same priority', () => {
    const begun = { ...NO_PROGRESS, turns: 3 };
    const graph = graphOf(entry('a'), entry('b', { progress: begun }), entry('c', { priority: 1 }));
    assert.deepEqual(started(graph), ['c', 'b', 'a']);
  });

  it('waits until all dependencies are completed, not only ended', () => {
    for (const state of [
      'running',
      'ready',
      'blocked',
      'waiting_on_run',
      'failed',
      'skipped',
      'cancelled',
    ] as const) {
      const graph = graphOf(entry('a', { state }), entry('b', { dependsOn: ['a'] }));
      assert.deepEqual(ids(startableTasks(graph, 0, 10)), [], state);
    }
    assert.deepEqual(started(graphOf(entry('a', { state: 'completed' }), entry('b', { dependsOn: ['a'] }))), [
      'b',
    ]);
  });

  it('never exceeds the slots; a landing task keeps one, a blocked task does not', () => {
    const graph = graphOf(
      entry('a', { state: 'running' }),
      entry('b', { state: 'ready' }),
      entry('c', { state: 'blocked' }),
      entry('d'),
      entry('e'),
    );
    assert.deepEqual(started(graph, 2), []);
    assert.deepEqual(started(graph, 3), ['d']);
    assert.deepEqual(started(graph, 4), ['d', 'e']);
  });

  it('raises a waiting task by one priority every fifteen minutes', () => {
    const graph = graphOf(entry('new', { priority: 1 }), entry('old', { priority: 4, waitingSince: 0 }));
    assert.deepEqual(started(graph, 1, 44 * MINUTE), ['new']);
    assert.deepEqual(started(graph, 1, 60 * MINUTE), ['old']);
  });

  it('starts nothing while the whole run waits for a person', () => {
    const graph = graphOf(entry('a', { state: 'waiting_on_run' }), entry('b'));
    assert.deepEqual(started(graph), []);
    assert.equal(statusOf(graph), 'blocked');
  });

  it('starts the test of a commit that a person handed in, also while the whole run waits', () => {
    const graph = graphOf(
      entry('a', { state: 'waiting_on_run' }),
      entry('b'),
      entry('c', { progress: HANDED_IN }),
    );
    assert.deepEqual(started(graph), ['c']);
    assert.equal(statusOf(graph), 'running');
  });
});

describe('a task that cannot run beside others', () => {
  const alone = { canParallelize: false } as const;
  it('starts only if nothing runs', () => {
    assert.deepEqual(started(graphOf(entry('a', alone), entry('b'))), ['a']);
    assert.deepEqual(started(graphOf(entry('x', { state: 'running' }), entry('a', alone))), []);
    assert.deepEqual(started(graphOf(entry('x', { state: 'ready' }), entry('a', alone))), []);
  });

  it('is not overtaken by less urgent tasks, but waits for more urgent ones', () => {
    const graph = graphOf(
      entry('first', { priority: 0 }),
      entry('a', { ...alone, priority: 1 }),
      entry('late'),
    );
    assert.deepEqual(started(graph), ['first']);
  });

  it('runs alone until it has landed', () => {
    for (const state of ['running', 'ready'] as const) {
      assert.deepEqual(started(graphOf(entry('a', { ...alone, state }), entry('b'))), []);
    }
    assert.deepEqual(started(graphOf(entry('a', { ...alone, state: 'blocked' }), entry('b'))), ['b']);
  });
});

describe('a task that fails', () => {
  it('causes all its direct and indirect dependants to be skipped, and nothing else', () => {
    const graph = graphOf(
      entry('last', { dependsOn: ['middle'] }),
      entry('middle', { dependsOn: ['root', 'other'] }),
      entry('root', { state: 'failed' }),
      entry('other'),
    );
    assert.deepEqual(ids(dependantsOf(graph, taskId('root'))).sort(), ['last', 'middle']);
    skipDependants(graph, taskId('root'));
    assert.deepEqual(
      [...graph.values()].map(({ state }) => state),
      ['skipped', 'skipped', 'failed', 'pending'],
    );
  });
});

describe('the status of a run', () => {
  const rows: [string, EntryParts[], string][] = [
    [
      'running while a task runs, whichever others wait',
      [{ state: 'running' }, { state: 'blocked' }],
      'running',
    ],
    ['running while a task lands', [{ state: 'ready' }, { state: 'failed' }], 'running'],
    ['running while a task could start', [{ state: 'blocked' }, {}], 'running'],
    ['blocked rather than failed', [{ state: 'blocked' }, { state: 'failed' }], 'blocked'],
    ['failed if a task was skipped', [{ state: 'completed' }, { state: 'skipped' }], 'failed'],
    ['completed if all tasks are', [{ state: 'completed' }, { state: 'completed' }], 'completed'],
  ];
  for (const [what, parts, status] of rows) {
    it(`is ${what}`, () => {
      assert.equal(statusOf(graphOf(...parts.map((each, at) => entry(`t${at}`, each)))), status);
    });
  }

  it('is blocked if the remaining tasks depend on a blocked task', () => {
    const graph = graphOf(entry('a', { state: 'blocked' }), entry('b', { dependsOn: ['a'] }));
    assert.equal(statusOf(graph), 'blocked');
  });
});

describe('candidatesToLand', () => {
  const twice = { ...NO_PROGRESS, requeues: 2 };
  const [a, b] = [taskId('a'), taskId('b')];
  it('returns all ready tasks, in the order in which they became ready', () => {
    const graph = graphOf(entry('a', { state: 'ready' }), entry('b', { state: 'ready' }));
    assert.deepEqual(candidatesToLand(graph, [b, a]), [b, a]);
  });

  it('returns only a task that was requeued twice, or none while it is still running', () => {
    const working = graphOf(
      entry('a', { state: 'running', progress: twice }),
      entry('b', { state: 'ready' }),
    );
    assert.deepEqual(candidatesToLand(working, [b]), []);
    const ready = graphOf(entry('a', { state: 'ready', progress: twice }), entry('b', { state: 'ready' }));
    assert.deepEqual(candidatesToLand(ready, [b, a]), [a]);
  });

  it('returns all ready tasks again when that task is blocked', () => {
    const graph = graphOf(entry('a', { state: 'blocked', progress: twice }), entry('b', { state: 'ready' }));
    assert.deepEqual(candidatesToLand(graph, [b]), [b]);
  });
});

describe('the lead’s details', () => {
  it('are a table with escaped cells, and blocked tasks first', () => {
    const text = renderDetails(
      graphOf(
        entry('done', { state: 'completed' }),
        entry('odd', { title: 'a | b\nc', state: 'blocked', dependsOn: ['done'] }),
      ),
      true,
      { done: 1, total: 2 },
    );
    const lines = text.split('\n');
    assert.equal(lines[0], '**Paused.** 1 of 2 tasks done.');
    assert.equal(lines[4], '| odd: a \\| b c | backend | **waits for an answer** | 0 | done |');
    assert.match(lines[5] ?? '', /^\| done: /);
    const one = renderDetails(graphOf(entry('a')), false, { done: 0, total: 1 });
    assert.match(one, /^0 of 1 task done\.\n/);
  });

  it('cut long titles, so that the status beside them stays in sight', () => {
    const [title, titled] = ['w'.repeat(200), `| a: ${'w'.repeat(59)}… | backend |`];
    const text = renderDetails(graphOf(entry('a', { title })), false, { done: 0, total: 1 });
    assert.ok(text.includes(titled), text);
  });

  it('stay short for a large plan', () => {
    const many = Array.from({ length: 60 }, (_, at) => entry(`t${at}`, { dependsOn: ['a', 'b', 'c', 'd'] }));
    const text = renderDetails(graphOf(...many), false, { done: 0, total: 60 });
    assert.equal(text.match(/^\| t\d/gm)?.length, 50);
    assert.match(text, /a, b, c … \(4\)/);
    assert.match(text, /… and 10 more\.$/);
  });
});

describe('the details of a task’s workflow in the Temporal UI', () => {
  it('say in words how it ended', () => {
    const ends = (['ready', 'blocked'] as const).map((kind) =>
      renderEnd({ kind, progress: { ...NO_PROGRESS, attempts: 2 } }),
    );
    assert.deepEqual(ends, [
      'Handed in a commit to land (attempts: 2). The workflow of the run shows what became of the task.',
      '**Asked a question** (attempts: 2). The workflow of the run shows what became of the task.',
    ]);
  });
});
