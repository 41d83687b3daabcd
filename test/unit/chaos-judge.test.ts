import assert from 'node:assert/strict';
import type { LeadwrightEvent } from '../../src/contract/events.js';
import { blockerId, runId, taskId } from '../../src/contract/ids.js';
import type { Facts, InjectedFault } from '../chaos/facts.js';
import { judge } from '../chaos/judge.js';
import {
  applied,
  began,
  called,
  copies,
  ended,
  entry,
  facts,
  KILL,
  LATER,
  lost,
  moved,
  view,
} from './chaos-facts.js';

/** The next step comes six seconds after the worker's return. */
const LATE: Partial<Facts> = { events: [called(1, 600), applied(2, 9_000), ended(3, 10_000)] };

/** The worker was killed just before the task's first call, which arrived at `at`. */
function delayedCall(at: number): Facts {
  return facts({
    calls: copies(at),
    ledger: [entry('answered', at - 100, at + 100)],
    events: [
      began(500),
      moved(2, 900, 'a', 'in_progress'),
      called(3, at + 100),
      applied(4, at + 200),
      moved(5, at + 300, 'a', 'completed'),
      ended(6, at + 400),
    ],
  });
}

/** A run whose lead starts `a` at `first` and then `b`, which depends on it, at `second`. It makes no calls. */
function started(first: number, second = first + 2_000): Facts {
  return facts({
    dependsOn: { b: ['a'] },
    calls: [],
    callsNeeded: 0,
    ledger: [],
    view: view(0, 0),
    events: [
      began(900),
      moved(2, first, 'a', 'in_progress'),
      moved(3, first + 1_000, 'a', 'completed'),
      moved(4, second, 'b', 'in_progress'),
      moved(5, second + 1_000, 'b', 'completed'),
      ended(6, second + 2_000),
    ],
  });
}

/** The run waits for a person, who answers at `ms`. */
function answered(ms: number): LeadwrightEvent[] {
  const at = (time: number) => ({ runId: runId('r'), at: new Date(time).toISOString() });
  const data = { blockerId: blockerId('1'), by: 'p', answer: 'a' };
  return [
    { ...at(980), seq: 3, taskId: null, type: 'run.status', data: { status: 'blocked', from: 'running' } },
    { ...at(ms), seq: 4, taskId: taskId('a'), type: 'blocker.resolved', data },
    {
      ...at(ms + 10),
      seq: 5,
      taskId: null,
      type: 'run.status',
      data: { status: 'running', from: 'blocked' },
    },
  ];
}

function problems(of: Facts): readonly string[] {
  return judge(of, { timed: true }).problems;
}

describe('the judgement on a run with faults', () => {
  it('finds nothing wrong with one that lost nothing, nor with one that shows what it lost', () => {
    assert.deepEqual(problems(facts()), []);
    assert.deepEqual(problems(lost()), []);
  });

  it('counts a call that arrived just after the kill as in flight', () => {
    assert.deepEqual(problems(lost({ calls: copies(1_300, 12_000) })), []);
  });

  it('accepts a late answer to a call that was made again', () => {
    const ledger = [entry('late'), entry('answered', 11_900, 12_500)];
    assert.deepEqual(problems(lost({ view: view(2, 0), ledger })), []);
  });

  it('accepts a call shown as possibly billed that was claimed but not sent before the kill', () => {
    assert.deepEqual(problems(lost({ calls: copies(12_000) })), []);
  });

  it('finds nothing wrong with a call that two faults met, one after the other', () => {
    const twice = lost({
      faults: [KILL, { ...LATER, delayedFrom: 12_100, at: 12_100, doneAt: 12_100 }],
      view: view(1, 2),
      calls: copies(500, 12_000, 16_000),
      ledger: [entry('lost'), entry('lost', 11_900, 15_900), entry('answered', 15_900, 16_200)],
      events: [called(1, 16_200), applied(2, 17_000), ended(3, 18_000)],
    });
    assert.deepEqual(problems(twice), []);
  });

  const wrong: Record<string, readonly [says: string, of: Facts]> = {
    'a run that did not end': ['exit code is none', facts({ exitCode: null })],
    'a run that is not completed': ['the run is unknown', facts({ view: null })],
    'another tree': ['tree is u, not t', facts({ tree: 'u' })],
    'a log that does not end with the end': [
      'the last event is no run.status',
      facts({ events: [called(1, 600)] }),
    ],
    'a gap in the log': [
      'event 3 arrived instead of 2',
      facts({ seqProblems: ['event 3 arrived instead of 2'] }),
    ],
    'an MCP call that was sent twice': ['one MCP call was sent 2 times', facts({ mcpCalls: 2 })],
    'a leftover': ['left over: folder x', facts({ leftovers: ['folder x'] })],
    'a call that was never needed': ['1 different calls, 0 needed', facts({ callsNeeded: 0 })],
    'a lost call that is not shown': ['1 calls lost or late, 0 shown', lost({ view: view(1, 0) })],
    'a lost call that the ledger does not know': [
      'arrived 2 times, the ledger has 1',
      lost({ ledger: [entry('answered')], view: view(1, 0) }),
    ],
    'a call shown as possibly billed that was made once': [
      '0 calls lost or late, 1 shown',
      facts({ view: view(1, 1) }),
    ],
    'a repeated call that was not in flight': [
      '2 times, 0 times lost',
      lost({
        faults: [{ ...KILL, delayedFrom: -600, at: -600, doneAt: -600, backAt: 300 }],
      }),
    ],
    'a call made again twice that was lost once, before a fault that met none of it': [
      '3 times, 1 times lost',
      lost({
        faults: [KILL, LATER],
        view: view(1, 2),
        calls: copies(500, 4_000, 12_000),
        ledger: [entry('lost', 400, 3_900), entry('lost', 3_900, 11_900), entry('answered', 11_900, 12_500)],
      }),
    ],
    'calls made twice between faults, of which the later met only the second': [
      '3 times, 1 times lost',
      lost({
        faults: [{ ...LATER, delayedFrom: 4_500, at: 4_500, doneAt: 4_500, backAt: 6_000 }],
        view: view(1, 2),
        calls: copies(500, 4_000, 12_000),
        ledger: [entry('lost', 400, 4_600), entry('lost', 4_600, 11_900), entry('answered', 11_900, 12_500)],
      }),
    ],
    'a call shown as possibly billed that no fault met': [
      'is lost, and no fault met it',
      lost({
        calls: copies(12_000),
        ledger: [entry('lost', 4_000, 11_000), entry('answered', 11_900, 12_500)],
      }),
    ],
    'a second answer in the same turn': [
      '2 calls answered in time, 1 needed',
      facts({
        view: view(2, 0),
        ledger: [entry('answered', 400, 600), entry('answered', 700, 900)],
      }),
    ],
    'a call made again though no worker was hit': [
      '2 times, 0 times lost',
      lost({ faults: [{ ...KILL, victims: ['postgres'] }] }),
    ],
    'a step that continues late': ['after 6000 ms, with changes.applied', facts(LATE)],
    'a lost call that is repeated late': [
      'made only after 16000 ms',
      lost({
        calls: copies(500, 17_000),
        events: [called(1, 17_500), applied(2, 18_000), ended(3, 19_000)],
      }),
    ],
    'a call that was not sent before the kill and is sent late': [
      'made only after 16000 ms',
      delayedCall(17_000),
    ],
    'a task that is started late': ['after 6000 ms, with task.status in_progress of a', started(9_000)],
    'a task that is started late after its dependency completed': [
      'after 9000 ms, with task.status in_progress of b',
      started(5_000, 15_000),
    ],
    'a step that comes late after one that came in time': [
      'after 6000 ms, with run.status',
      facts({
        events: [called(1, 600), applied(2, 4_000), ended(3, 10_000)],
      }),
    ],
    'a call that is sent late after the step before it': [
      'after 5500 ms, with the call a 2',
      facts({
        callsNeeded: 2,
        view: view(2, 0),
        calls: [...copies(500), { task: 'a', turn: 2, at: 9_500 }],
        ledger: [entry('answered', 400, 600), { ...entry('answered', 9_400, 9_600), turn: 2 }],
        events: [
          called(1, 600),
          applied(2, 4_000),
          called(3, 9_600, 'a', 2),
          applied(4, 9_700),
          ended(5, 9_800),
        ],
      }),
    ],
    'a step that was late already when the next fault came': [
      'after 5500 ms, with changes.applied',
      facts({
        ...LATE,
        faults: [KILL, { ...KILL, delayedFrom: 8_500, at: 8_500, doneAt: 8_500, backAt: 8_800 }],
      }),
    ],
  };
  for (const [name, [says, of]] of Object.entries(wrong)) {
    it(`finds ${name}`, () => {
      const found = problems(of);
      assert.ok(
        found.some((problem) => problem.includes(says)),
        found.join('; '),
      );
    });
  }

  it('gives each step its own time limit', () => {
    assert.deepEqual(problems(delayedCall(4_000)), []);
    assert.deepEqual(problems(delayedCall(14_000)), [], 'an interrupted step has the limit of a lost call');
    assert.deepEqual(problems(started(7_000)), []);
  });

  it('lets a worker that slept send what it slept over once it is awake', () => {
    const pause: InjectedFault = { ...KILL, way: 'pause', backAt: 14_000 };
    assert.deepEqual(problems({ ...delayedCall(17_000), faults: [pause] }), []);
    assert.notDeepEqual(problems({ ...delayedCall(20_000), faults: [pause] }), []);
  });

  it('does not count the time until a person answers', () => {
    const events = [began(900), moved(2, 950, 'a', 'in_progress'), ...answered(9_000), applied(6, 9_500)];
    const ends = [moved(7, 9_600, 'a', 'completed'), ended(8, 9_700)];
    assert.deepEqual(problems({ ...started(0), events: [...events, ...ends] }), []);
  });

  it('counts no time in which the next fault was waited for', () => {
    const next = { ...KILL, delayedFrom: 7_500, at: 8_500, doneAt: 8_500, backAt: 8_800 };
    assert.deepEqual(problems(facts({ ...LATE, faults: [KILL, next] })), []);
  });

  it('allows the longer time for a lost workflow task of the lead', () => {
    const hit = { from: 900, until: 10_900 };
    assert.deepEqual(problems(facts({ ...LATE, lostLeadTasks: [hit] })), []);
    for (const other of [
      { from: -9_500, until: 500 },
      { from: 3_500, until: 13_500 },
    ])
      assert.notDeepEqual(problems(facts({ ...LATE, lostLeadTasks: [other] })), []);
  });

  it('does not judge times on a busy machine', () => {
    assert.deepEqual(judge(facts(LATE), { timed: false }).problems, []);
  });
});
