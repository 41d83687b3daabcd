import assert from 'node:assert/strict';
import type { GraphTask, RunGraph } from '../../src/contract/api.js';
import {
  type EventData,
  type EventType,
  type LeadwrightEvent,
  eventSchema,
} from '../../src/contract/events.js';
import { readMessage } from '../../src/dashboard/run/socket-message.js';
import {
  apply,
  applyAll,
  takeSnapshot,
  type RunState,
  type Snapshot,
} from '../../src/dashboard/run/run-state.js';
import { showRun, showTask } from '../../src/dashboard/components/shown-status.js';
import { elapsedMs, countTasks, currentActivity, taskShares } from '../../src/dashboard/run/task-metrics.js';
import { agentsWait } from '../../src/shared/words/waiting-sentence.js';
import type { Waiting } from '../../src/contract/waiting.js';
import { blockerId, commitSha, runId, taskId } from '../../src/contract/ids.js';

const AT = '2026-11-24T18:00:00.000Z';
const LATER = '2026-11-24T18:01:00.000Z';
const WAITS = 'waits for the model';
const SHA = commitSha('0123456789abcdef0123456789abcdef01234567');

const task = (id: string, changes: Partial<GraphTask> = {}): GraphTask => ({
  id: taskId(id),
  title: `Do ${id}`,
  role: 'backend',
  status: 'pending',
  step: 'ready',
  priority: 2,
  issue: null,
  dependsOn: [],
  attempts: 0,
  corrections: 0,
  startedAt: null,
  completedAt: null,
  costUsd: 0,
  error: null,
  verdict: null,
  waiting: null,
  ...changes,
});

const graph = (changes: Partial<RunGraph> = {}): RunGraph => ({
  name: 'shop',
  status: 'running',
  repo: '/shop',
  branch: 'leadwright/r',
  urls: { dashboard: '', temporal: null },
  verify: null,
  failedVerify: null,
  waiting: null,
  lastSeq: 10,
  startedAt: AT,
  finishedAt: null,
  concurrency: 2,
  budgetUsd: 5,
  spentUsd: 1,
  unpricedModels: [],
  reservedUsd: 0,
  possiblyBilledUsd: 0,
  warnings: [],
  runsOnYourMachine: [],
  tasks: [task('a'), task('b')],
  ...changes,
});

const snapshot = (changes: Partial<RunGraph> = {}, request = 1): Snapshot => ({
  graph: graph(changes),
  blockers: [],
  request,
});

const state = (changes: Partial<RunGraph> = {}): RunState => takeSnapshot(null, snapshot(changes));

function event<T extends EventType>(
  seq: number,
  id: string | null,
  type: T,
  data: EventData<T>,
): LeadwrightEvent {
  return eventSchema.parse({
    seq,
    runId: 'r',
    taskId: id,
    type,
    at: LATER,
    data,
  });
}

const call = (seq: number, costUsd: number) =>
  event(seq, 'a', 'model.call', {
    attempt: 1,
    turn: 1,
    model: 'm',
    inputTokens: 10,
    outputTokens: 2,
    costUsd,
    stopReason: 'tool_use',
    ms: 900,
  });
const moved = (seq: number, status: 'pending' | 'failed', from: 'failed' | 'in_progress') =>
  event(seq, 'a', 'task.status', { status, from, agentId: 'backend-worker', attempt: 1 });
const started = event(11, 'a', 'task.status', {
  status: 'in_progress',
  from: 'pending',
  agentId: 'backend-worker',
  attempt: 0,
});

describe('the dashboard’s state of a run', () => {
  it('counts the time of a task that is retried from its new start', () => {
    const failed = task('a', { status: 'failed', startedAt: AT, completedAt: AT });
    const retried = apply(state({ tasks: [failed] }), moved(11, 'pending', 'failed'));
    assert.equal(retried.graph.tasks[0]?.startedAt, null);
    const again = apply(retried, { ...started, seq: 12 });
    assert.equal(again.graph.tasks[0]?.startedAt, LATER);
  });

  it('updates tasks from their events, and the cost from model calls', () => {
    const passed = {
      attempt: 2,
      commit: SHA,
      command: 'npm test',
      passed: true,
      exitCode: 0,
      ms: 5,
      summary: '',
    };
    const after = applyAll(state(), [
      started,
      call(12, 0.25),
      event(13, 'a', 'changes.applied', { attempt: 1, commit: SHA, files: ['a.ts'] }),
      event(14, 'a', 'tests.finished', { ...passed, attempt: 1, passed: false, exitCode: 1, summary: 'red' }),
      event(15, 'a', 'correction.started', { attempt: 1, correction: 1, reason: 'red' }),
      event(16, 'a', 'tests.finished', passed),
    ]);
    const [moved, other] = after.graph.tasks;
    assert.deepEqual(
      [moved?.status, moved?.step, moved?.attempts, moved?.corrections, moved?.costUsd, moved?.startedAt],
      ['in_progress', 'land', 2, 1, 0.25, LATER],
    );
    assert.deepEqual(other, task('b'));
    assert.equal(after.graph.spentUsd, 1.25);
    assert.match(after.lastActivity.get(taskId('a')) ?? '', /tests passed/);
    const landed = applyAll(after, [
      event(17, 'a', 'merge.finished', { outcome: 'landed', commit: SHA }),
      event(18, 'a', 'task.status', { status: 'completed', from: 'in_progress', agentId: 'x', attempt: 2 }),
    ]);
    const [done] = landed.graph.tasks;
    assert.deepEqual([done?.completedAt, done?.verdict], [LATER, 'passed']);
    const verdictAfter = (outcome: 'conflict' | 'red') =>
      apply(after, event(17, 'a', 'merge.finished', { outcome, files: ['a.ts'] })).graph.tasks[0]?.verdict;
    assert.deepEqual([verdictAfter('red'), verdictAfter('conflict')], ['failed', 'untested']);
    assert.equal(elapsedMs(task('c', { startedAt: AT, completedAt: LATER }), 'running', 0), 60_000);
  });

  it('knows that the agent works on after a command and after a summary', () => {
    const command = { attempt: 1, turn: 1, command: 'npm test', exitCode: 1, ms: 900, kept: [] };
    const ran = applyAll(state(), [started, event(12, 'a', 'command.finished', command)]);
    assert.equal(ran.graph.tasks[0]?.step, 'generate');
    assert.match(ran.lastActivity.get(taskId('a')) ?? '', /npm test \(exit 1/);
    const called = { attempt: 1, turn: 1, server: 'docs', tool: 'lookup', outcome: 'ok', ms: 900 } as const;
    const asked = apply(ran, event(13, 'a', 'mcp.call', called));
    assert.equal(asked.graph.tasks[0]?.step, 'generate');
    assert.match(asked.lastActivity.get(taskId('a')) ?? '', /called lookup of the MCP server docs/);
    const compaction = { attempt: 1, turn: 2, fromTokens: 151_000, toTokens: 900 };
    const summarised = apply(ran, event(13, 'a', 'conversation.compacted', compaction));
    assert.equal(summarised.graph.tasks[0]?.step, 'generate');
    assert.match(summarised.lastActivity.get(taskId('a')) ?? '', /summarised its conversation/);
  });

  it('counts no event twice when events are repeated after a lost connection', () => {
    const once = applyAll(state(), [started, call(12, 0.25)]);
    assert.equal(apply(once, call(12, 0.25)), once);
    assert.equal(apply(once, started), once);
    assert.equal(state().graph.spentUsd, apply(state(), call(10, 0.25)).graph.spentUsd);
  });

  it('shows a wait for the model while it lasts, for the run and for its task', () => {
    const until = '2026-11-24T18:01:32.000Z';
    const wait = { attempt: 1, turn: 1, reason: 'unreachable', tries: 1, until } as const;
    const waiting = applyAll(state(), [
      started,
      event(12, 'a', 'model.waiting', wait),
      event(13, null, 'model.waiting', { ...wait, tries: 2 }),
    ]);
    assert.deepEqual(waiting.graph.waiting, {
      taskId: null,
      reason: 'unreachable',
      tries: 2,
      until,
      since: LATER,
    });
    const [moved] = waiting.graph.tasks;
    assert.ok(moved);
    assert.match(
      currentActivity(moved, 'running', 'started', Date.parse(LATER)),
      /^model unreachable since .*, next in 32s$/,
    );
    const before = apply(
      state({ waiting: { taskId: null, ...wait, since: AT } }),
      event(12, null, 'model.waiting', wait),
    );
    assert.equal(before.graph.waiting?.since, AT, 'a repeated event goes on from the first');

    const answering = { attempt: 1, turn: 1 };
    const ended = applyAll(waiting, [event(14, null, 'model.answering', answering), call(15, 0.25)]);
    assert.deepEqual([ended.graph.waiting, ended.graph.tasks[0]?.waiting], [null, null]);
    const blocked = apply(
      waiting,
      event(14, 'a', 'task.status', { status: 'blocked', from: 'in_progress', agentId: 'x', attempt: 1 }),
    );
    assert.deepEqual([blocked.graph.waiting, blocked.graph.tasks[0]?.waiting], [null, null]);
    const paused = apply(waiting, event(14, null, 'run.status', { status: 'paused', from: 'running' }));
    assert.deepEqual([paused.graph.waiting, paused.graph.tasks[0]?.waiting], [null, null]);
  });

  it('takes a newer snapshot, and of one that is older than the events only what no event carries', () => {
    const raised = { blockerId: blockerId('r:a:1'), reason: 'question', question: 'Which?' };
    const known = applyAll(state(), [
      started,
      call(12, 0.25),
      event(13, 'a', 'blocker.raised', raised),
      event(14, null, 'run.status', { status: 'failed', from: 'running' }),
    ]);
    const carriedByNone: Partial<RunGraph> = {
      concurrency: 7,
      budgetUsd: 25,
      reservedUsd: 2,
      possiblyBilledUsd: 1,
      verify: 'passed',
      warnings: ['Nothing protects a.test.ts'],
      runsOnYourMachine: ['.husky/pre-commit'],
    };
    const older = takeSnapshot(known, snapshot({ lastSeq: 12, ...carriedByNone }, 2));
    assert.deepEqual(older.graph, { ...known.graph, ...carriedByNone });
    assert.deepEqual([older.blockers, older.lastActivity], [known.blockers, known.lastActivity]);

    const newer = takeSnapshot(older, snapshot({ lastSeq: 14, concurrency: 8 }, 3));
    assert.deepEqual(newer.graph, graph({ lastSeq: 14, concurrency: 8 }));
    assert.deepEqual(newer.blockers, []);
    assert.equal(newer.lastActivity, known.lastActivity);
  });

  it('takes no answer that is older than the last one, whatever events came since', () => {
    const known = applyAll(takeSnapshot(null, snapshot({ concurrency: 7 }, 2)), [started]);
    assert.equal(takeSnapshot(known, snapshot({ lastSeq: 9, concurrency: 3 }, 3)), known);
    assert.equal(takeSnapshot(known, snapshot({ concurrency: 3 }, 1)), known, 'asked for before');
    assert.equal(takeSnapshot(known, snapshot({ concurrency: 3 }, 3)).graph.concurrency, 3);
  });

  it('keeps each open question once', () => {
    const raised = (seq: number) =>
      event(seq, 'a', 'blocker.raised', {
        blockerId: blockerId('r:a:1'),
        reason: 'question',
        question: 'Which?',
      });
    const asked = applyAll(state(), [raised(11), raised(12)]);
    assert.deepEqual(asked.blockers, [
      { id: 'r:a:1', runId: runId('r'), taskId: 'a', reason: 'question', question: 'Which?', at: LATER },
    ]);
    const resolved = apply(
      asked,
      event(13, 'a', 'blocker.resolved', { blockerId: blockerId('r:a:1'), by: 'ada', answer: 'This.' }),
    );
    assert.deepEqual(resolved.blockers, []);
  });

  it('knows when a run has ended, and that a retry reopens it', () => {
    const status = (seq: number, to: 'failed' | 'running') =>
      event(seq, null, 'run.status', { status: to, from: null });
    const over = apply(state(), status(11, 'failed'));
    assert.deepEqual([over.graph.status, over.graph.finishedAt], ['failed', LATER]);
    const again = apply(over, status(12, 'running'));
    assert.deepEqual([again.graph.status, again.graph.finishedAt], ['running', null]);
  });

  it('counts tasks by status, attempts and corrections', () => {
    const tasks = [
      task('a', { status: 'completed', attempts: 3, corrections: 2 }),
      task('b', { status: 'blocked', attempts: 1 }),
      task('c'),
    ];
    const counts = countTasks(graph({ tasks }));
    assert.deepEqual([counts.tasks, counts.attempts, counts.corrections], [3, 4, 2]);
    assert.deepEqual(
      [counts.byStatus.completed, counts.byStatus.blocked, counts.byStatus.pending],
      [1, 1, 1],
    );
  });

  it('shows a task in progress that waits for the model as stalled, and no other', () => {
    const waiting: Waiting = { taskId: null, reason: 'unreachable', tries: 1, since: AT, until: LATER };
    const stalled = task('a', { status: 'in_progress', waiting });
    assert.deepEqual(showTask(stalled, 'running'), { sign: 'waiting', short: WAITS, full: WAITS });
    const working = task('b', { status: 'in_progress' });
    assert.deepEqual(showTask(working, 'running'), {
      sign: 'in_progress',
      short: 'in progress',
      full: 'in progress',
    });
    const blocked = task('c', { status: 'blocked', waiting });
    assert.equal(showTask(blocked, 'running').sign, 'blocked');
    assert.deepEqual(showTask(task('d', { status: 'completed', verdict: 'failed' }), 'running'), {
      sign: 'doubtful',
      short: 'accepted, tests failed',
      full: 'completed, accepted, tests failed',
    });
    assert.deepEqual(
      taskShares(countTasks(graph({ tasks: [stalled, working, blocked] }))).map(({ kind, size, label }) => [
        kind,
        size,
        label,
      ]),
      [
        ['in_progress', 1, 'in progress'],
        ['waiting', 1, WAITS],
        ['blocked', 1, 'blocked'],
      ],
    );
    assert.equal(
      taskShares(countTasks(graph({ tasks: [stalled, stalled] })))[0]?.label,
      'wait for the model',
    );
  });

  it('shows as doubtful only a completed run, whatever was accepted in it', () => {
    const doubt = '1 accepted without passing tests';
    const signs = (['completed', 'failed', 'cancelled', 'blocked', 'running'] as const).map(
      (status) => showRun({ status, waiting: null }, doubt).sign,
    );
    assert.deepEqual(signs, ['doubtful', 'failed', 'cancelled', 'blocked', 'running']);
    const { short } = showRun({ status: 'failed', waiting: null }, doubt);
    assert.equal(short, `failed, ${doubt}`);
    assert.equal(showRun({ status: 'failed', waiting: null }, null).short, 'failed');
  });

  it('shows the tasks in progress of a paused run as standing still, and no other', () => {
    const still = task('a', { status: 'in_progress', step: 'test', startedAt: AT });
    const asking = task('b', { status: 'blocked' });
    const paused = graph({ status: 'paused', tasks: [still, still, asking] });
    assert.deepEqual(showTask(still, 'paused'), {
      sign: 'paused',
      short: 'stands still',
      full: 'stands still',
    });
    assert.equal(showTask(asking, 'paused').sign, 'blocked');
    assert.match(currentActivity(still, 'paused', 'tests passed'), /^until the run is resumed/);
    assert.equal(elapsedMs(still, 'paused', Date.parse(LATER)), null, 'no clock counts on');
    const counts = countTasks(paused);
    assert.deepEqual([counts.byStatus.in_progress, counts.paused], [2, 2]);
    assert.deepEqual(
      taskShares(counts).map(({ kind, size, label }) => [kind, size, label]),
      [
        ['paused', 2, 'stand still'],
        ['blocked', 1, 'blocked'],
      ],
    );
  });

  it('says how many agents wait for the model', () => {
    assert.deepEqual([0, 1, 2].map(agentsWait), [
      'The agents wait for it and spend nothing.',
      '1 agent waits for it and spends nothing.',
      '2 agents wait for it and spend nothing.',
    ]);
  });

  it('parses events and deltas, and ignores messages of later versions', () => {
    assert.deepEqual(readMessage(JSON.stringify(started)), { kind: 'event', event: started });
    const delta = { ephemeral: true, type: 'model.delta', runId: 'r', taskId: 'a', at: AT, data: {} };
    assert.equal(readMessage(JSON.stringify(delta))?.kind, 'delta');
    for (const other of [
      { seq: 1, type: 'new.thing', data: {} },
      { seq: 1, type: 'toString', data: {} },
      { type: 'run.status', data: {} },
      [],
      null,
      'text',
    ]) {
      assert.equal(readMessage(JSON.stringify(other)), null);
    }
  });
});
