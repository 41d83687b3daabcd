import assert from 'node:assert/strict';
import { mock } from 'node:test';
import fc from 'fast-check';
import { createColors } from 'picocolors';
import { describeEvent as describeEvent, renderEventLine } from '../../src/cli/follow/describe-event.js';
import { EventLines } from '../../src/cli/follow/event-lines.js';
import { followRun } from '../../src/cli/follow/follow-run.js';
import { LiveTable, redrawSequence } from '../../src/cli/follow/live-table.js';
import { renderTable } from '../../src/cli/follow/render-live-table.js';
import { initialState, reduce, timeSpent } from '../../src/cli/follow/live-table-state.js';
import { textWidth } from '../../src/cli/follow/plain-text.js';
import {
  eventSchema,
  type EventData,
  type EventType,
  type LeadwrightEvent,
} from '../../src/contract/events.js';
import { runViewSchema, type RunView } from '../../src/contract/run-view.js';
import type { Waiting } from '../../src/contract/waiting.js';
import { blockerId, commitSha } from '../../src/contract/ids.js';
import { deferred } from '../../src/shared/async/deferred.js';

const SHA = commitSha('0123456789abcdef0123456789abcdef01234567');
const eventBlocker = blockerId('b-1');
const START = Date.parse('2026-11-23T21:00:00.000Z');
const colors = createColors(false);

function view(tasks: readonly string[]): RunView {
  return runViewSchema.parse({
    runId: 'bookshop-1',
    status: 'running',
    repo: '/shop',
    branch: 'leadwright/bookshop-1',
    base: SHA,
    commit: SHA,
    tasks: tasks.map((id) => ({
      id,
      title: `Title of ${id}`,
      status: 'pending',
      assignedTo: 'backend',
      attempts: 0,
      corrections: 0,
      commit: null,
      filesModified: [],
      output: '',
      error: null,
      verdict: null,
    })),
    verify: null,
    accepted: [],
    waiting: null,
    usage: {
      modelCalls: 0,
      inputTokens: 0,
      outputTokens: 0,
      costUsd: 0,
      possiblyBilled: { calls: 0, costUsd: 0 },
    },
    urls: { dashboard: '', temporal: null },
  });
}

/** An event `seconds` after the start. */
function event<T extends EventType>(
  type: T,
  taskId: string | null,
  data: EventData<T>,
  seconds = 0,
): LeadwrightEvent {
  const at = new Date(START + seconds * 1000).toISOString();
  return eventSchema.parse({ seq: 1, runId: 'bookshop-1', taskId, type, at, data });
}

const agentId = 'backend-worker';
const call = (costUsd: number) => ({
  attempt: 1,
  turn: 1,
  model: 'claude-sonnet-5-5',
  inputTokens: 1200,
  outputTokens: 300,
  costUsd,
  stopReason: 'tool_use',
  ms: 2_100,
});
const STORY: readonly LeadwrightEvent[] = [
  event('task.status', 'cart', { status: 'in_progress', from: 'pending', agentId, attempt: 1 }, 0),
  event('model.call', 'cart', call(0.02), 2),
  event(
    'tests.finished',
    'cart',
    {
      attempt: 1,
      commit: SHA,
      command: 'npm test',
      passed: false,
      exitCode: 1,
      ms: 900,
      summary: 'expected 3\ngot 2',
    },
    3,
  ),
  event('correction.started', 'cart', { attempt: 2, correction: 1, reason: 'tests failed' }, 3),
  event('model.call', 'cart', call(0.03), 5),
  event(
    'tests.finished',
    'cart',
    { attempt: 2, commit: SHA, command: 'npm test', passed: true, exitCode: 0, ms: 900, summary: 'ok' },
    6,
  ),
  event('task.status', 'cart', { status: 'blocked', from: 'in_progress', agentId, attempt: 2 }, 10),
  event('task.status', 'cart', { status: 'in_progress', from: 'blocked', agentId, attempt: 3 }, 100),
];

describe('the live table', () => {
  it('counts attempts, corrections and costs from events', () => {
    const state = STORY.reduce(reduce, initialState(view(['price', 'cart'])));
    const cart = state.tasks.find((task) => task.id === 'cart');
    assert.ok(cart !== undefined);
    assert.deepEqual([cart.status, cart.attempts, cart.corrections], ['in_progress', 2, 1]);
    assert.equal(cart.costUsd.toFixed(2), '0.05');
    assert.equal(state.costUsd.toFixed(2), '0.05');
    assert.equal(timeSpent(cart, START + 105_000), 15_000, 'ten seconds before the blocker, five after it');
    assert.equal(state.tasks[0]?.status, 'pending');
  });

  it('says that the base is checked until the first task starts, and that `verify` runs after the last', () => {
    const started = event('run.status', null, { status: 'running', from: null });
    assert.match(
      renderEventLine(started),
      / {2}\(run\) {2}running: its base is checked first \(set-up, tests\)$/,
    );
    const starting = reduce(initialState(view(['cart'])), started);
    const head = (state: typeof starting) =>
      renderTable(state, { columns: 110, rows: 9, now: START + 5_000, colors })[0] ?? '';
    assert.match(
      head(starting),
      /^bookshop-1 {2}running: its base is checked first \(set-up, tests\) · 5s · 0 of/,
    );
    assert.match(head(STORY.slice(0, 1).reduce(reduce, starting)), /^bookshop-1 {2}running · 5s · 0 of/);
    const done = event(
      'task.status',
      'cart',
      { status: 'completed', from: 'in_progress', agentId, attempt: 3 },
      4,
    );
    assert.match(
      head([...STORY, done].reduce(reduce, starting)),
      /^bookshop-1 {2}running: all tasks are done, and `verify` runs on the branch · /,
    );
    const again = [
      event('run.status', null, { status: 'failed', from: 'running' }, 10),
      event('task.status', 'cart', { status: 'pending', from: 'failed', agentId, attempt: 2 }, 20),
      event('run.status', null, { status: 'running', from: 'failed' }, 20),
    ];
    assert.match(
      head([...STORY, ...again].reduce(reduce, starting)),
      /^bookshop-1 {2}running · /,
      'a retried task waits for a slot, not for the base',
    );
    const resumed = event('run.status', null, { status: 'running', from: 'paused' });
    assert.match(renderEventLine(resumed), / {2}running$/);
  });

  it('stops the clock of a resting run and restarts it', () => {
    const at = (status: 'blocked' | 'running', from: 'blocked' | 'running') =>
      event('run.status', null, { status, from }, 20);
    const blocked = [...STORY, at('blocked', 'running')].reduce(reduce, initialState(view(['cart'])));
    assert.equal(blocked.endedAt, START + 20_000);
    assert.equal(reduce(blocked, at('running', 'blocked')).endedAt, null);
  });

  it('shows the tasks in progress of a paused run as standing still, and stops their clocks', () => {
    const status = (to: 'paused' | 'running', from: 'paused' | 'running', seconds: number) =>
      event('run.status', null, { status: to, from }, seconds);
    const paused = [...STORY, status('paused', 'running', 110)].reduce(reduce, initialState(view(['cart'])));
    const row = (now: number) =>
      renderTable(paused, { columns: 110, rows: 20, now: START + now * 1000, colors })[2] ?? '';
    assert.match(row(110), /^· paused .*20s/);
    assert.equal(row(500), row(110));
    const resumed = reduce(paused, status('running', 'paused', 500)).tasks[0];
    assert.ok(resumed !== undefined);
    assert.equal(timeSpent(resumed, START + 505_000), 25_000);
  });

  it('shows each task in the order of the plan', () => {
    const state = STORY.reduce(reduce, initialState(view(['price', 'cart'])));
    const lines = renderTable(state, { columns: 110, rows: 20, now: START + 105_000, colors });
    assert.equal(lines.length, 4);
    assert.match(lines[0] ?? '', /^bookshop-1 {2}running · 1m 45s · \$0\.05 · 0 of 2 tasks done$/);
    assert.match(lines[2] ?? '', /^· pending +Title of price +backend +0 +0/);
    assert.match(lines[3] ?? '', /^▶ in progress +Title of cart +backend +2 +1 +15s +\$0\.05 +goes on/);
  });

  it('says that the branch of a completed run does not pass `verify`, and counts one task as one', () => {
    const done = [
      event('task.status', 'cart', { status: 'completed', from: 'in_progress', agentId, attempt: 1 }),
      event('run.status', null, { status: 'completed', from: 'running' }),
    ].reduce(reduce, initialState(view(['cart'])));
    const head = (verify: RunView['verify']) =>
      renderTable(
        { ...done, verify },
        { columns: 110, rows: 9, now: START, colors: createColors(true) },
      )[0] ?? '';
    assert.match(head('failed'), /\u001b\[31mcompleted, verify failed · .* · 1 of 1 task done/);
    assert.match(head('passed'), /\u001b\[32mcompleted · /);
  });

  it('shows the most important tasks when not all fit, and counts the rest', () => {
    const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
    const moved = (id: string, status: 'in_progress' | 'blocked' | 'failed' | 'completed') =>
      event('task.status', id, { status, from: null, agentId, attempt: 1 });
    const state = [
      moved('t1', 'completed'),
      moved('t20', 'failed'),
      moved('t25', 'blocked'),
      moved('t29', 'in_progress'),
    ].reduce(reduce, initialState(view(names)));
    const lines = renderTable(state, { columns: 80, rows: 8, now: START, colors });
    assert.equal(lines.length, 8);
    assert.deepEqual(
      lines.slice(2, 5).map((line) => /Title of (\w+)/.exec(line)?.[1]),
      ['t29', 't25', 't20'],
    );
    assert.equal(lines[7], '… and 25 more: 24 pending, 1 completed');
  });

  it('never exceeds the terminal', () => {
    const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
    const state = STORY.reduce(reduce, initialState(view([...names, 'cart'])));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 30 }), (columns, rows) => {
        const lines = renderTable(state, { columns, rows, now: START, colors: createColors(true) });
        assert.ok(lines.length <= rows);
        for (const line of lines) assert.ok(textWidth(line) <= columns, `${columns}: ${line}`);
      }),
      { numRuns: 300 },
    );
  });

  it('goes up by as many lines as the old ones take by now', () => {
    assert.ok(!redrawSequence([], ['a'], 80).includes('\u001b[0A'));
    assert.ok(redrawSequence(['x'.repeat(80), 'y'], ['a'], 80).includes('\u001b[2A'));
    assert.ok(redrawSequence(['x'.repeat(80), 'y'], ['a'], 40).includes('\u001b[3A'));
  });

  it('tells accepted work from completed work', () => {
    const rowAfter = (...events: readonly LeadwrightEvent[]) => {
      const state = [...STORY.slice(0, 2), ...events].reduce(reduce, initialState(view(['cart'])));
      return renderTable(state, { columns: 110, rows: 9, now: START, colors })[2] ?? '';
    };
    const tested = (passed: boolean) =>
      event('tests.finished', 'cart', {
        ...{ attempt: 1, commit: SHA, command: 'npm test', passed, exitCode: 1, ms: 900, summary: '' },
      });
    const answered = event('blocker.resolved', 'cart', {
      blockerId: eventBlocker,
      by: 'ada',
      answer: 'Fine.',
    });
    const completed = event('task.status', 'cart', {
      status: 'completed',
      from: 'in_progress',
      agentId,
      attempt: 1,
    });
    assert.match(rowAfter(tested(false), answered, completed), /^✓ accepted .* accepted, tests failed/);
    assert.match(rowAfter(answered, completed), /^✓ accepted .* accepted, untested/);
    const merged = (outcome: 'conflict' | 'red' | 'landed') =>
      event('merge.finished', 'cart', { outcome, files: [] });
    const acceptedAfter = (outcome: 'conflict' | 'red') =>
      rowAfter(tested(true), merged(outcome), answered, merged('landed'), completed);
    assert.match(acceptedAfter('red'), /^✓ accepted .* accepted, tests failed/);
    assert.match(acceptedAfter('conflict'), /^✓ accepted .* accepted, untested/);
    for (const judged of [
      [tested(true), completed],
      [tested(true), answered, completed],
      [tested(false), answered, event('model.call', 'cart', call(0.1)), tested(true), completed],
      // A second try of a flaky test may pass without an event.
      [tested(false), completed],
    ])
      assert.match(rowAfter(...judged), /^✓ completed (?!.*accepted)/);
  });

  it('has no cost while none is known, which is not the same as none', () => {
    const state = reduce(initialState(view(['cart'])), event('model.call', 'cart', call(0), 2));
    assert.ok(!renderTable(state, { columns: 160, rows: 24, now: START, colors }).join('\n').includes('$'));
  });

  it('has one line for the run while its model is out of reach', () => {
    const frame = { columns: 80, rows: 24, now: START + 10_000, colors };
    const wait = {
      attempt: 1,
      turn: 1,
      reason: 'unreachable',
      until: new Date(START + 42_000).toISOString(),
    } as const;
    const events = [
      ...['cart', 'price'].map((id) =>
        event('task.status', id, { status: 'in_progress', from: 'pending', agentId, attempt: 1 }),
      ),
      event('model.waiting', 'cart', { ...wait, tries: 1 }),
      event('model.waiting', null, { ...wait, tries: 2 }, 1),
      event('model.waiting', null, { ...wait, tries: 4 }, 9),
    ];
    const waiting = events.reduce(reduce, initialState(view(['cart', 'price'])));
    const lines = renderTable(waiting, frame);
    assert.match(lines[1] ?? '', /^model unreachable since \d\d:\d\d, try 4, next in 32s$/);
    assert.equal(lines.length, 5);
    assert.equal(renderTable(waiting, { ...frame, rows: 4 }).length, 4);

    for (const end of [
      event('model.answering', null, { attempt: 1, turn: 1 }, 10),
      event('run.status', null, { status: 'paused', from: 'running' }, 10),
    ])
      assert.equal(reduce(waiting, end).waiting, null);
    const stopped = ['cart', 'price'].map((id) =>
      event('task.status', id, { status: 'blocked', from: 'in_progress', agentId, attempt: 1 }),
    );
    assert.equal(stopped.reduce(reduce, waiting).waiting, null, 'no task waits any more');
  });

  it('takes a terminal that does not know its size for a usual one', () => {
    const written: string[] = [];
    const terminal = {
      ...{ columns: 0, rows: 0 },
      write: (text: string) => written.push(text),
      ...{ on: () => undefined, off: () => undefined },
    };
    const table = new LiveTable(terminal, view(['cart']), () => START, colors);
    table.start();
    table.note(() => written.push('noted'));
    table.stop();
    assert.match(written.join(''), /Title of cart[^]*noted[^]*Title of cart/);
    assert.doesNotMatch(written.join(''), /NaN|Infinity/);
  });

  it('hides the cursor while it is shown, and redraws only changes', () => {
    const written: string[] = [];
    const listeners = new Set<() => void>();
    const terminal = {
      columns: 80,
      rows: 24,
      write: (text: string) => written.push(text),
      on: (_event: 'resize', listener: () => void) => listeners.add(listener),
      off: (_event: 'resize', listener: () => void) => listeners.delete(listener),
    };
    const table = new LiveTable(terminal, view(['cart']), () => START, colors);
    table.start();
    for (const listener of listeners) listener();
    assert.deepEqual([written.length, written[0]], [2, '\u001b[?25l']);
    for (const event of STORY) table.apply(event);
    for (const listener of listeners) listener();
    assert.match(written.at(-1) ?? '', /in progress/);
    table.stop();
    assert.equal(written.at(-1), '\u001b[?25h');
    assert.equal(listeners.size, 0);
  });
});

describe('following a run', () => {
  const wait = (seconds: number, tries: number) =>
    event(
      'model.waiting',
      null,
      {
        ...{ attempt: 1, turn: 1, reason: 'unreachable', tries },
        until: new Date(START + (seconds + 30) * 1000).toISOString(),
      },
      seconds,
    );
  const since = String.raw`since \d\d:\d\d`;

  it('says once a minute in a pipe that the run waits, since when, and what happens next', () => {
    let now = START;
    const lines: string[] = [];
    const recorded = (tries: number): Waiting => ({
      ...{ taskId: null, reason: 'unreachable', tries },
      since: new Date(START).toISOString(),
      until: new Date(now + 20_000).toISOString(),
    });
    const shown = new EventLines(
      (line) => lines.push(line),
      () => now,
    );
    shown.apply(wait(0, 1));
    // As often as the record is read, for five minutes.
    for (let tries = 2; now < START + 300_000; tries++) {
      now += 2_000;
      shown.setWaiting(recorded(tries));
    }
    assert.deepEqual([lines.length, shown.isWaiting], [6, true], lines.join('\n'));
    assert.match(lines[0] ?? '', new RegExp(`\\(run\\)  model unreachable ${since}, try 1, next in 30s$`));
    assert.match(lines[5] ?? '', new RegExp(`\\(run\\)  model unreachable ${since}, try 151, next in 20s$`));
    // Events count as lines too.
    shown.apply(wait(300, 152));
    shown.setWaiting(recorded(153));
    assert.equal(lines.length, 7);
    now += 120_000;
    shown.setWaiting(null);
    assert.deepEqual([lines.length, shown.isWaiting], [7, false]);
    shown.apply(event('model.answering', null, { attempt: 1, turn: 1 }, 420));
    assert.match(lines[7] ?? '', /the model answers again$/);
  });

  it('tells a failure and a question once in a pipe', () => {
    const lines: string[] = [];
    const shown = new EventLines((line) => lines.push(line));
    const failure = 'exit code 1: sum: expected 3, got 2';
    const question = 'Which currency?';
    const blocked = { status: 'blocked', from: 'in_progress', agentId, attempt: 1, error: question } as const;
    const raised = { blockerId: eventBlocker, reason: 'question', question };
    const tested = { attempt: 1, commit: SHA, command: 'npm test', passed: false, exitCode: 1, ms: 900 };
    const again = { attempt: 2, correction: 1, reason: failure };
    for (const told of [
      event('tests.finished', 'cart', { ...tested, summary: failure }),
      // Another task between the two changes nothing.
      event('task.status', 'pay', blocked),
      event('correction.started', 'cart', again),
      event('blocker.raised', 'pay', raised),
      event('correction.started', 'cart', { ...again, reason: 'the merged tree is red' }),
      event('blocker.raised', 'cart', raised),
    ])
      shown.apply(told);
    assert.deepEqual(
      lines.map((line) => line.replace(/^\S+ {2}/, '')),
      [
        `cart  tests failed: ${failure}`,
        'pay  blocked: Which currency?',
        'cart  correction 1',
        'pay  waits for a person (leadwright answer b-1 …)',
        'cart  correction 1: the merged tree is red',
        'cart  waits for a person: Which currency? (leadwright answer b-1 …)',
      ],
    );
  });

  it('ends with the outcome of `verify` in the table', async () => {
    const written: string[] = [];
    const terminal = {
      ...{ columns: 100, rows: 24 },
      write: (text: string) => written.push(text),
      ...{ on: () => undefined, off: () => undefined },
    };
    async function* events() {
      yield await Promise.resolve(event('run.status', null, { status: 'completed', from: 'running' }));
    }
    await followRun(
      {
        ...{ view: view(['cart']), events: events(), show: 'table', stream: 'stdout' },
        ...{ warnings: () => Promise.resolve([]), waiting: () => Promise.resolve(null) },
        outages: () => Promise.resolve([]),
        trouble: () => Promise.resolve(null),
        verify: () => Promise.resolve('failed'),
      },
      terminal,
    );
    assert.match(written.join(''), /completed, verify failed/);
  });

  it('says once that the disk is full, which keeps the events from arriving', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const said = mock.method(process.stderr, 'write', () => true);
    const found = [null, null, 'the disk is full'];
    let asked = 0;
    async function* events() {
      for (let at = 0; at < 6; at++) {
        mock.timers.tick(2_000);
        await new Promise(setImmediate);
      }
      yield await Promise.resolve(event('run.status', null, { status: 'completed', from: 'running' }));
    }
    try {
      await followRun(
        {
          ...{ view: view(['cart']), events: events(), show: 'lines', stream: 'stdout' },
          ...{ warnings: () => Promise.resolve([]), waiting: () => Promise.resolve(null) },
          ...{
            verify: () => Promise.resolve(null),
            outages: () => Promise.resolve([]),
            trouble: () => Promise.resolve(found[asked++] ?? null),
          },
        },
        null,
        () => undefined,
      );
    } finally {
      said.mock.restore();
      mock.timers.reset();
    }
    const warnings = said.mock.calls.filter(({ arguments: [text] }) => /the disk is full/.test(String(text)));
    assert.deepEqual([asked, warnings.length], [3, 1]);
  });

  for (const [what, late] of [
    ['once, when a slow disk answers two questions together', false],
    ['no more when a slow disk answers after the run has ended', true],
  ] as const)
    it(`says that the disk is full ${what}`, async () => {
      mock.timers.enable({ apis: ['setInterval'] });
      const said = mock.method(process.stderr, 'write', () => true);
      const answer = deferred<string>();
      async function* events() {
        mock.timers.tick(4_000);
        if (!late) answer.resolve('the disk is full');
        await new Promise(setImmediate);
        yield event('run.status', null, { status: 'completed', from: 'running' });
      }
      try {
        await followRun(
          {
            ...{ view: view(['cart']), events: events(), show: 'lines', stream: 'stdout' },
            ...{ warnings: () => Promise.resolve([]), waiting: () => Promise.resolve(null) },
            ...{
              verify: () => Promise.resolve(null),
              outages: () => Promise.resolve([]),
              trouble: () => answer.promise,
            },
          },
          null,
          () => undefined,
        );
        answer.resolve('the disk is full');
        await new Promise(setImmediate);
      } finally {
        said.mock.restore();
        mock.timers.reset();
      }
      const warnings = said.mock.calls.filter(({ arguments: [text] }) =>
        /the disk is full/.test(String(text)),
      );
      assert.equal(warnings.length, late ? 0 : 1);
    });

  it('asks the record for the wait only while there is one', async () => {
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: START });
    const lines: string[] = [];
    let asked = 0;
    async function* events() {
      mock.timers.tick(60_000);
      yield await Promise.resolve(wait(0, 1));
      for (let at = 0; at < 60; at++) {
        mock.timers.tick(2_000);
        // The answer of the record arrives.
        await new Promise(setImmediate);
      }
    }
    const waiting: Waiting = {
      ...{ taskId: null, reason: 'unreachable', tries: 9 },
      ...{ since: new Date(START).toISOString(), until: new Date(START).toISOString() },
    };
    try {
      await followRun(
        {
          ...{ view: view(['cart']), events: events(), show: 'lines', stream: 'stdout' },
          ...{ warnings: () => Promise.resolve([]), verify: () => Promise.resolve(null) },
          waiting: () => Promise.resolve((asked++, waiting)),
          outages: () => Promise.resolve([]),
          trouble: () => Promise.resolve(null),
        },
        null,
        (line) => lines.push(line),
      );
    } finally {
      mock.timers.reset();
    }
    assert.deepEqual([asked, lines.length], [60, 3], lines.join('\n'));
    assert.match(lines[2] ?? '', new RegExp(`${since}, try 9, next one under way$`));
  });
});

describe('the line of an event', () => {
  it('has time, task and text', () => {
    const lines = STORY.map(renderEventLine);
    assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d {2}cart {2}started: backend-worker, attempt 1$/);
    assert.match(lines[2] ?? '', / {2}cart {2}tests failed \(exit 1\): expected 3 got 2$/);
    assert.match(lines[3] ?? '', / {2}correction 1: tests failed$/);
  });

  it('describes every type', () => {
    const sentences = [
      event('run.status', null, { status: 'failed', from: 'running', reason: 'cart failed' }),
      event('model.call', 'cart', call(0.02)),
      event('model.call', 'cart', { ...call(0), model: 'local-model' }),
      event('model.waiting', 'cart', {
        ...{ attempt: 1, turn: 1, reason: 'overloaded', tries: 3 },
        until: new Date(START + 4_000).toISOString(),
      }),
      event('model.waiting', null, {
        ...{ attempt: 1, turn: 1, reason: 'rate_limited', tries: 0 },
        until: new Date(START).toISOString(),
      }),
      event('model.answering', 'cart', { attempt: 1, turn: 1 }),
      event('mcp.call', 'cart', {
        ...{ attempt: 1, turn: 1, server: 'docs', tool: 'look\u001b[2Jup' },
        ...{ outcome: 'unknown', ms: 1_200 },
      }),
      event('changes.applied', 'cart', { attempt: 1, commit: SHA, files: ['a', 'b', 'c', 'd'] }),
      event('changes.refused', 'cart', { attempt: 1, path: '.git/x', reason: 'not a path of the tree' }),
      event('changes.refused', 'cart', { attempt: 1, path: 'a.test.ts', reason: 'a.test.ts is a test' }),
      event('merge.finished', 'cart', { outcome: 'landed', commit: SHA }),
      event('merge.finished', 'cart', { outcome: 'conflict', files: ['a'] }),
      event('merge.finished', 'cart', { outcome: 'red' }),
      event('blocker.raised', 'cart', {
        blockerId: eventBlocker,
        reason: 'asked',
        question: 'Which\u001b[2J currency?',
      }),
      event('blocker.resolved', 'cart', { blockerId: eventBlocker, by: 'ann', answer: 'euro' }),
    ].map(describeEvent);
    assert.deepEqual(sentences, [
      'failed: cart failed',
      'claude-sonnet-5-5 answered in 2.1s (1200 tokens in, 300 out, $0.02, tool_use)',
      'local-model answered in 2.1s (1200 tokens in, 300 out, tool_use)',
      'model overloaded, try 3, next in 4s',
      'model rate limit reached, next one under way',
      'the model answers again',
      'called look\\u001b[2Jup of the MCP server docs (unknown outcome, 1.2s)',
      'changed a, b, c and 1 more (attempt 1)',
      'changes refused: .git/x: not a path of the tree',
      'changes refused: a.test.ts is a test',
      'landed as 0123456789',
      'merge conflict: a',
      'merged with the others, its tests fail',
      String.raw`waits for a person: Which\u001b[2J currency? (leadwright answer b-1 …)`,
      'answered by ann: euro',
    ]);
  });

  it('keeps the command that answers a long question', () => {
    const question = 'Which currency? '.repeat(40);
    const raised = event('blocker.raised', 'cart', { blockerId: eventBlocker, reason: 'asked', question });
    const sentence = describeEvent(raised);
    assert.match(sentence, /^waits for a person: Which currency\? .*… \(leadwright answer b-1 …\)$/);
    assert.equal(sentence.length, 300);
  });
});
