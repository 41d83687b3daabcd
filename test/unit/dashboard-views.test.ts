import assert from 'node:assert/strict';
import type { Span, UsageMinute } from '../../src/contract/api.js';
import { MAX_CORRECTIONS, MAX_USD } from '../../src/contract/answer-choices.js';
import { buildAnswer, listAnswerOptions } from '../../src/dashboard/inbox/answer-options.js';
import { timelineByTask } from '../../src/server/timeline-by-task.js';
import { formatAgo } from '../../src/shared/words/format.js';
import { formatCount } from '../../src/dashboard/components/display-format.js';
import { visibleRows } from '../../src/dashboard/components/visible-rows.js';
import {
  INBOX_LINK,
  linkToRun,
  linkToTab,
  linkToTask,
  matchPath,
  queryValue,
  RUNS_LINK,
  withQueryValue,
} from '../../src/dashboard/route.js';
import { findShortcut, SHORTCUTS } from '../../src/dashboard/shortcuts.js';
import {
  timeRange,
  timelineRows,
  axisTicks,
  sumDurations,
} from '../../src/dashboard/timeline/timeline-rows.js';
import { axisRange, usageSeries } from '../../src/dashboard/usage/usage-series.js';
import { runId, taskId } from '../../src/contract/ids.js';

const run = runId('shop-1');

interface Views {
  readonly VIEWS: Readonly<Record<'runs' | 'inbox' | 'run' | 'task' | 'notFound', unknown>>;
  readonly findRoute: (fragment: string) => { readonly view: unknown; readonly parameters: unknown };
}

/** Imported by a computed name: its types need the browser's globals, which the tests' type check does not know. */
const { VIEWS, findRoute } = (await import(['../../src/dashboard', 'views.js'].join('/'))) as Views;

describe('the addresses of the dashboard', () => {
  it('lead to their views', () => {
    const task = taskId('price');
    for (const [link, view, parameters] of [
      ['', VIEWS.runs, {}],
      [RUNS_LINK, VIEWS.runs, {}],
      [INBOX_LINK, VIEWS.inbox, {}],
      [linkToRun(run), VIEWS.run, { run, tab: 'tasks' }],
      ['#/runs/shop-1/tasks', VIEWS.run, { run, tab: 'tasks' }],
      [linkToRun(run, 'timeline'), VIEWS.run, { run, tab: 'timeline' }],
      [linkToRun(run, 'money'), VIEWS.run, { run, tab: 'money' }],
      [linkToTask(run, task), VIEWS.task, { run, task }],
    ] as const) {
      assert.deepEqual(findRoute(link), { view, parameters }, link);
    }
    assert.deepEqual(
      [linkToRun(run), linkToRun(run, 'timeline'), linkToTask(run, task)],
      ['#/runs/shop-1', '#/runs/shop-1/timeline', '#/runs/shop-1/tasks/price'],
    );
  });

  it('of the tabs of a run keep what its tasks are filtered by', () => {
    assert.equal(
      linkToTab('#/runs/shop-1?find=a+b&status=failed', run, 'timeline'),
      '#/runs/shop-1/timeline?find=a+b&status=failed',
    );
    assert.equal(linkToTab('#/runs/shop-1/timeline?find=a', run), '#/runs/shop-1?find=a');
    assert.equal(linkToTab('#/runs/shop-1', run, 'money'), '#/runs/shop-1/money');
  });

  it('lead to the not-found page if no view matches', () => {
    for (const fragment of [
      '#/x',
      '#/runs',
      '#/runs/NO',
      '#/runs/a/x',
      '#/runs/a/toString',
      '#/runs/a/tasks/..',
      '#/runs/a/tasks/b/c',
      '#token=x',
    ]) {
      assert.deepEqual(findRoute(fragment), { view: VIEWS.notFound, parameters: {} }, fragment);
    }
  });

  it('are matched segment by segment', () => {
    assert.deepEqual(
      matchPath('/a/:b/:c?', '#/a/1/2'),
      new Map([
        ['b', '1'],
        ['c', '2'],
      ]),
    );
    assert.deepEqual(
      matchPath('/a/:b/:c?', '#/a/1'),
      new Map([
        ['b', '1'],
        ['c', undefined],
      ]),
    );
    for (const fragment of ['#/a', '#/x/1', '#/a/1/2/3']) {
      assert.equal(matchPath('/a/:b/:c?', fragment), null, fragment);
    }
  });
});

describe('the visible rows of a list', () => {
  it('are the rows in view and some around them, at any scroll position', () => {
    assert.deepEqual(visibleRows(5, 40, 0, 400), { first: 0, end: 5, above: 0, below: 0 });
    const middle = visibleRows(1_000, 40, 20_000, 400);
    assert.ok(middle.first < 500 && middle.end > 510 && middle.end - middle.first < 40);
    assert.equal(middle.above + (middle.end - middle.first) * 40 + middle.below, 40_000);
    assert.equal(visibleRows(1_000, 40, 39_600, 400).end, 1_000);
    // The list became shorter than the position that it is scrolled to.
    assert.ok(visibleRows(20, 40, 30_000, 400).first < 20);
  });
});

describe('the timeline', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24) + seconds * 1_000).toISOString();
  const span = (kind: Span['kind'], from: number, to: number | null, id = 'a'): Span => ({
    taskId: taskId(id),
    kind,
    attempt: 1,
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
    label: kind,
  });

  it('sums the time of each task by kind, and ends open spans now', () => {
    const spans = [span('wait', 0, 5), span('model', 5, 25), span('person', 10, null, 'b')];
    const rows = timelineRows(timelineByTask(spans), [], Date.parse(at(60)));
    assert.deepEqual(
      rows.map(({ taskId: id, durations }) => [id, durations.wait, durations.model, durations.person]),
      [
        ['a', 5_000, 20_000, 0],
        ['b', 0, 0, 50_000],
      ],
    );
    assert.equal(sumDurations(rows).person, 50_000);
    assert.deepEqual(timeRange(rows), { from: Date.parse(at(0)), to: Date.parse(at(60)) });
    assert.equal(timeRange([]), null);
  });

  it('comes by task, with little more than what differs from span to span', () => {
    const spans = Array.from({ length: 300 }, (_, n) => span('model', n, n + 1, `task-${n % 30}`));
    const byTask = timelineByTask(spans);
    assert.equal(byTask.tasks.length, 30);
    assert.deepEqual(byTask.tasks[0]?.spans.slice(0, 2), [
      ['model', 0, 1_000, 'model'],
      ['model', 30_000, 31_000, 'model'],
    ]);
    assert.ok(JSON.stringify(byTask).length * 4 < JSON.stringify(spans).length);
    assert.deepEqual(timelineByTask([]).tasks, []);
  });

  it('has ticks at round intervals', () => {
    assert.deepEqual(axisTicks(90_000, 7), [0, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000]);
    for (const length of [1, 1_000, 3_600_000, 86_400_000 * 30]) assert.ok(axisTicks(length, 8).length <= 9);
  });
});

describe('the usage plots', () => {
  const minute = (number: number, costUsd: number): UsageMinute => ({
    at: new Date(Date.UTC(2026, 10, 24) + number * 60_000).toISOString(),
    costUsd,
    inputTokens: 100,
    outputTokens: 10,
    calls: 1,
  });

  it('show pauses, and the cost as a running total', () => {
    const series = usageSeries([minute(0, 1), minute(3, 2)]);
    assert.equal(series.times.length, 4);
    assert.deepEqual(series.costUsd, [1, 1, 1, 3]);
    assert.deepEqual(series.calls, [1, 0, 0, 1]);
    assert.deepEqual(usageSeries([]).times, []);
  });

  it('have a time axis with half a step beside the first and the last point, also for a single one', () => {
    const [first = 0] = usageSeries([minute(0, 1)]).times;
    assert.deepEqual(axisRange([first]), [first - 30, first + 30]);
    assert.deepEqual(axisRange([first, first + 120, first + 240]), [first - 60, first + 300]);
  });

  it('have a limited number of points, however long the run is', () => {
    const series = usageSeries([minute(0, 1), minute(60 * 24 * 30, 2)]);
    assert.ok(series.times.length <= 2_880);
    assert.equal(series.costUsd.at(-1), 3);
  });

  it('have short labels', () => {
    assert.deepEqual([950, 12_400, 345_000, 3_210_000].map(formatCount), ['950', '12.4k', '345k', '3.2M']);
  });
});

describe('the answer buttons', () => {
  const kinds = (taskOf: string | null, reason: string, hasBudget: boolean, hasWork = true) =>
    listAnswerOptions(about(taskOf, reason), { hasBudget, hasWork }).map(({ kind }) => kind);
  const about = (taskOf: string | null, reason: string) => ({
    taskId: taskOf === null ? null : taskId(taskOf),
    reason,
  });

  it('are the answers that apply', () => {
    assert.deepEqual(kinds('a', 'question', false), ['hint', 'accept', 'skip']);
    assert.deepEqual(kinds('a', 'tests_failed', true), ['hint', 'retry', 'accept', 'skip']);
    assert.deepEqual(kinds(null, 'budget', true), ['money']);
    assert.deepEqual(kinds(null, 'verify', false), ['hint', 'accept']);
    assert.deepEqual(kinds(null, 'model_access', true), ['hint']);
  });

  it('say when there is no work to accept', () => {
    const accept = (hasWork: boolean) =>
      listAnswerOptions(about('a', 'question'), { hasBudget: false, hasWork }).find(
        ({ kind }) => kind === 'accept',
      )?.button;
    assert.deepEqual([accept(true), accept(false)], ['Accept as it is', 'Complete without work']);
  });

  it('send the form, and say what is missing', () => {
    const [asked, red] = [about('a', 'question'), about('a', 'tests_failed')];
    const typed = { text: ' Round up. ', corrections: 2, addUsd: 5 };
    assert.deepEqual(buildAnswer('hint', asked, typed), { text: 'Round up.' });
    assert.deepEqual(buildAnswer('retry', red, typed), { text: 'Round up.', retry: 2 });
    assert.deepEqual(buildAnswer('money', about(null, 'budget'), { ...typed, text: '' }), { addUsd: 5 });
    assert.deepEqual(buildAnswer('accept', red, { ...typed, text: '' }), { accept: true });
    assert.deepEqual(buildAnswer('skip', red, { ...typed, text: '' }), { skip: true });
    assert.deepEqual(buildAnswer('hint', about(null, 'verify'), { ...typed, text: '' }), {
      text: 'Verify again',
    });
    assert.equal(typeof buildAnswer('hint', asked, { ...typed, text: ' ' }), 'string');
    assert.equal(typeof buildAnswer('hint', red, { ...typed, text: ' ' }), 'string');
    assert.equal(typeof buildAnswer('retry', asked, { ...typed, text: ' ' }), 'string');
    assert.equal(typeof buildAnswer('retry', red, { ...typed, corrections: 0.5 }), 'string');
    assert.equal(typeof buildAnswer('money', red, { ...typed, addUsd: NaN }), 'string');
    // The page does not send what the server would refuse in words that are not for a person.
    assert.equal(typeof buildAnswer('retry', red, { ...typed, corrections: MAX_CORRECTIONS }), 'object');
    assert.equal(typeof buildAnswer('retry', red, { ...typed, corrections: MAX_CORRECTIONS + 1 }), 'string');
    assert.equal(typeof buildAnswer('money', red, { ...typed, addUsd: MAX_USD }), 'object');
    assert.equal(typeof buildAnswer('money', red, { ...typed, addUsd: MAX_USD + 1 }), 'string');
  });

  it('say of a text that cannot be stored what to remove', () => {
    const typed = { text: 'Round\0 up.', corrections: 2, addUsd: 5 };
    assert.equal(
      buildAnswer('hint', about('a', 'question'), typed),
      'The text is refused: it holds a NUL character, which cannot be stored: remove it.',
    );
  });

  it('say how long a text is that is too long, and how long it can be', () => {
    const hint = (text: string) =>
      buildAnswer('hint', about('a', 'question'), { text, corrections: 2, addUsd: 5 });
    const rest = JSON.stringify({ text: '' }).length;
    assert.equal(typeof hint('x'.repeat(65_536 - rest)), 'object');
    assert.equal(
      hint('x'.repeat(65_536 - rest + 1)),
      'The text is too long: it has 65 KiB, and an answer can have 64 KiB. Shorten it.',
    );
    // A character may take three bytes, as the server counts.
    assert.equal(typeof hint('…'.repeat(30_000)), 'string');
  });
});

describe('the keys of the dashboard', () => {
  it('are single keys and sequences', () => {
    assert.deepEqual(findShortcut(null, '?'), { kind: 'help' });
    assert.equal(findShortcut(null, 'g'), 'wait');
    assert.deepEqual(findShortcut('g', 'i'), { kind: 'go', to: INBOX_LINK });
    assert.equal(findShortcut(null, 'i'), null);
    // A key that ends no sequence counts on its own.
    assert.deepEqual(findShortcut('g', '/'), { kind: 'find' });
    assert.equal(findShortcut('g', 'x'), null);
  });

  it('stand for one thing each', () => {
    const keys = SHORTCUTS.map((entry) => entry.keys.join(' '));
    assert.equal(new Set(keys).size, keys.length);
  });
});

describe('times of the dashboard', () => {
  it('are relative', () => {
    const now = Date.parse('2026-11-24T12:00:00Z');
    for (const [at, text] of [
      ['2026-11-24T11:59:30Z', 'just now'],
      // The clock of another machine may be ahead.
      ['2026-11-24T12:00:30Z', 'just now'],
      ['2026-11-24T11:55:00Z', '5 min ago'],
      ['2026-11-24T09:00:00Z', '3 h ago'],
      ['2026-11-21T09:00:00Z', '3 d ago'],
    ] as const)
      assert.equal(formatAgo(at, now), text);
  });
});

describe('the query of an address', () => {
  it('holds filters, and belongs to no path', () => {
    const link = withQueryValue(linkToRun(run), 'find', 'a & b?');
    assert.equal(queryValue(link, 'find'), 'a & b?');
    assert.equal(withQueryValue(link, 'find', ''), linkToRun(run));
    assert.deepEqual(findRoute(link), { view: VIEWS.run, parameters: { run, tab: 'tasks' } });
  });
});
