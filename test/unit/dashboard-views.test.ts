import assert from 'node:assert/strict';
import type { Span, UsageMinute } from '../../src/contract/api.js';
import { answerOf, optionsFor } from '../../src/dashboard/inbox/offered-answers.js';
import { formatCount } from '../../src/dashboard/parts/counts.js';
import { windowOf } from '../../src/dashboard/parts/window.js';
import { linkTo, routeOf } from '../../src/dashboard/route.js';
import { extentOf, rowsOf, ticksOf, totalOf } from '../../src/dashboard/timeline/timeline-rows.js';
import { seriesOf } from '../../src/dashboard/usage/usage-series.js';
import { runId, taskId } from '../../src/contract/ids.js';

const run = runId('shop-1');

describe('places in the dashboard', () => {
  it('lead where they say', () => {
    for (const route of [
      { page: 'runs' },
      { page: 'inbox' },
      { page: 'run', run, view: 'tasks' },
      { page: 'run', run, view: 'timeline' },
      { page: 'run', run, view: 'money' },
      { page: 'task', run, task: taskId('price') },
    ] as const) {
      assert.deepEqual(routeOf(linkTo(route)), route);
    }
    assert.deepEqual(routeOf(''), { page: 'runs' });
  });

  it('are nowhere when nobody made them', () => {
    for (const fragment of [
      '#/x',
      '#/runs/NO',
      '#/runs/a/x',
      '#/runs/a/tasks/..',
      '#/runs/a/tasks/b/c',
      '#token=x',
    ]) {
      assert.deepEqual(routeOf(fragment), { page: 'nowhere' }, fragment);
    }
  });
});

describe('the rows that are there', () => {
  it('are those in view and some around, whatever was scrolled to', () => {
    assert.deepEqual(windowOf(5, 40, 0, 400), { first: 0, end: 5, above: 0, below: 0 });
    const middle = windowOf(1_000, 40, 20_000, 400);
    assert.ok(middle.first < 500 && middle.end > 510 && middle.end - middle.first < 40);
    assert.equal(middle.above + (middle.end - middle.first) * 40 + middle.below, 40_000);
    assert.equal(windowOf(1_000, 40, 39_600, 400).end, 1_000);
    // The list became shorter than what was scrolled to.
    assert.ok(windowOf(20, 40, 30_000, 400).first < 20);
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

  it('says what went into each task, and goes on to now with what goes on', () => {
    const rows = rowsOf(
      [span('wait', 0, 5), span('model', 5, 25), span('person', 10, null, 'b')],
      [],
      Date.parse(at(60)),
    );
    assert.deepEqual(
      rows.map(({ taskId: id, took }) => [id, took.wait, took.model, took.person]),
      [
        ['a', 5_000, 20_000, 0],
        ['b', 0, 0, 50_000],
      ],
    );
    assert.equal(totalOf(rows).person, 50_000);
    assert.deepEqual(extentOf(rows), { from: Date.parse(at(0)), to: Date.parse(at(60)) });
    assert.equal(extentOf([]), null);
  });

  it('has marks in steps that people count in', () => {
    assert.deepEqual(ticksOf(90_000, 7), [0, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000]);
    for (const length of [1, 1_000, 3_600_000, 86_400_000 * 30]) assert.ok(ticksOf(length, 8).length <= 9);
  });
});

describe('the plots of what was used', () => {
  const minute = (number: number, costUsd: number): UsageMinute => ({
    at: new Date(Date.UTC(2026, 10, 24) + number * 60_000).toISOString(),
    costUsd,
    inputTokens: 100,
    outputTokens: 10,
    calls: 1,
  });

  it('show pauses, and money as it adds up', () => {
    const series = seriesOf([minute(0, 1), minute(3, 2)]);
    assert.equal(series.at.length, 4);
    assert.deepEqual(series.costUsd, [1, 1, 1, 3]);
    assert.deepEqual(series.calls, [1, 0, 0, 1]);
    assert.deepEqual(seriesOf([]).at, []);
  });

  it('stay as many points as can be drawn, however long the run', () => {
    const series = seriesOf([minute(0, 1), minute(60 * 24 * 30, 2)]);
    assert.ok(series.at.length <= 2_880);
    assert.equal(series.costUsd.at(-1), 3);
  });

  it('have short numbers', () => {
    assert.deepEqual([950, 12_400, 345_000, 3_210_000].map(formatCount), ['950', '12.4k', '345k', '3.2M']);
  });
});

describe('the answers as buttons', () => {
  const kinds = (taskOf: string | null, reason: string, hasBudget: boolean) =>
    optionsFor({ taskId: taskOf === null ? null : taskId(taskOf), reason }, hasBudget).map(
      ({ kind }) => kind,
    );

  it('are those that the question leaves', () => {
    assert.deepEqual(kinds('a', 'question', false), ['hint', 'retry', 'accept', 'skip']);
    assert.deepEqual(kinds('a', 'tests', true), ['hint', 'retry', 'money', 'accept', 'skip']);
    assert.deepEqual(kinds(null, 'budget', true), ['money']);
    assert.deepEqual(kinds(null, 'verify', false), ['hint', 'accept']);
    assert.deepEqual(kinds(null, 'model_access', false), ['hint']);
  });

  it('send what was typed, and say what is missing', () => {
    const typed = { text: ' Round up. ', corrections: 2, addUsd: 5 };
    assert.deepEqual(answerOf('hint', 'question', typed), { text: 'Round up.' });
    assert.deepEqual(answerOf('retry', 'tests', typed), { text: 'Round up.', retry: 2 });
    assert.deepEqual(answerOf('money', 'budget', { ...typed, text: '' }), { addUsd: 5 });
    assert.deepEqual(answerOf('accept', 'tests', { ...typed, text: '' }), { accept: true });
    assert.deepEqual(answerOf('skip', 'tests', { ...typed, text: '' }), { skip: true });
    assert.equal(typeof answerOf('hint', 'question', { ...typed, text: ' ' }), 'string');
    assert.equal(typeof answerOf('retry', 'tests', { ...typed, corrections: 0.5 }), 'string');
    assert.equal(typeof answerOf('money', 'budget', { ...typed, addUsd: NaN }), 'string');
  });
});
