import assert from 'node:assert/strict';
import { eventSchema, isEventType, type EventType } from '../../src/contract/events.js';
import { runViewSchema } from '../../src/contract/run-view.js';

const SHA = '0123456789abcdef0123456789abcdef01234567';

const DATA: Readonly<Record<EventType, object>> = {
  'run.status': { status: 'running', from: null },
  'task.status': { status: 'in_progress', from: 'pending', agentId: 'backend-worker', attempt: 1 },
  'model.call': {
    attempt: 1,
    turn: 1,
    model: 'claude-sonnet-5-5',
    inputTokens: 10,
    outputTokens: 20,
    costUsd: 0.01,
    stopReason: 'tool_use',
    ms: 200,
  },
  'model.waiting': {
    attempt: 1,
    turn: 2,
    reason: 'unreachable',
    tries: 6,
    until: '2026-11-23T21:00:32.000Z',
  },
  'model.answering': { attempt: 1, turn: 2 },
  'conversation.compacted': { attempt: 1, turn: 9, fromTokens: 150_000, toTokens: 900 },
  'command.finished': {
    attempt: 1,
    turn: 2,
    command: 'npm i',
    exitCode: 0,
    ms: 300,
    kept: ['package-lock.json'],
  },
  'mcp.call': { attempt: 1, turn: 2, server: 'docs', tool: 'lookup', outcome: 'unknown', ms: 300 },
  'changes.applied': { attempt: 1, commit: SHA, files: ['src/a.ts'] },
  'changes.refused': { attempt: 1, reason: 'no' },
  'tests.finished': {
    attempt: 1,
    commit: SHA,
    command: 'npm test',
    passed: false,
    exitCode: null,
    ms: 300,
    summary: 'time over',
  },
  'correction.started': { attempt: 2, correction: 1, reason: 'red' },
  'merge.finished': { outcome: 'landed', commit: SHA },
  'blocker.raised': { blockerId: 'b-1', reason: 'asked', question: 'Which?' },
  'blocker.resolved': { blockerId: 'b-1', by: 'ann', answer: 'This one' },
};

const event = (type: string, data: object) => ({
  seq: 1,
  runId: 'run',
  taskId: 'cart-total',
  type,
  at: '2026-11-23T21:00:00.000Z',
  data,
});

describe('the contract', () => {
  for (const [type, data] of Object.entries(DATA)) {
    it(`parses ${type} events unchanged`, () => {
      assert.ok(isEventType(type));
      assert.deepEqual(eventSchema.parse(event(type, data)), event(type, data));
    });

    it(`refuses ${type} events with a missing field`, () => {
      for (const key of Object.keys(data)) {
        if (type === 'merge.finished' && key === 'commit') continue;
        const rest = Object.fromEntries(Object.entries(data).filter(([name]) => name !== key));
        assert.equal(eventSchema.safeParse(event(type, rest)).success, false, key);
      }
    });
  }

  it('refuses other types, including names of inherited properties', () => {
    for (const type of ['task.moved', '', 'constructor', 'toString', '__proto__']) {
      assert.equal(isEventType(type), false);
      assert.equal(eventSchema.safeParse(event(type, {})).success, false);
    }
  });

  it('drops unknown fields', () => {
    const parsed = eventSchema.parse({
      ...event('changes.refused', { attempt: 1, reason: '', new: 1 }),
      new: 2,
    });
    assert.deepEqual(parsed, event('changes.refused', { attempt: 1, reason: '' }));
  });

  it('refuses invalid ids, commits and times', () => {
    const good = event('changes.applied', DATA['changes.applied']);
    const bad = [
      { ...good, runId: '../x' },
      { ...good, taskId: '' },
      { ...good, seq: 0 },
      { ...good, at: 'yesterday' },
      { ...good, data: { ...good.data, commit: 'main' } },
    ];
    for (const message of bad) assert.equal(eventSchema.safeParse(message).success, false);
  });

  it('parses a run as `status --json` prints it', () => {
    const view = {
      runId: 'run',
      status: 'running',
      repo: '/shop',
      branch: 'leadwright/run',
      base: SHA,
      commit: SHA,
      tasks: [
        {
          id: 'cart-total',
          title: 'Sum the cart',
          status: 'pending',
          assignedTo: 'backend',
          attempts: 0,
          corrections: 0,
          commit: null,
          filesModified: [],
          output: '',
          error: null,
          verdict: null,
        },
      ],
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
      urls: { dashboard: 'http://127.0.0.1:4800/', temporal: 'http://127.0.0.1:8233' },
    };
    assert.deepEqual(runViewSchema.parse(view), view);
  });
});
