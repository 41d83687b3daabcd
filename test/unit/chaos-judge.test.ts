import assert from 'node:assert/strict';
import { commitSha, runId, taskId } from '../../src/ids.js';
import type { LeadwrightEvent, RunView } from '../../src/contract.js';
import { judge, type Facts, type LedgerEntry, type Struck } from '../chaos/judge.js';

const RUN = runId('r');
const ZERO = commitSha('0'.repeat(40));

const iso = (ms: number): string => new Date(ms).toISOString();

function called(seq: number, ms: number, task = 'a', turn = 1): LeadwrightEvent {
  const data = {
    attempt: 1,
    turn,
    model: 'm',
    inputTokens: 1,
    outputTokens: 1,
    costUsd: 1,
    stopReason: 's',
    ms: 1,
  };
  return { seq, runId: RUN, taskId: taskId(task), type: 'model.call', at: iso(ms), data };
}

function applied(seq: number, ms: number): LeadwrightEvent {
  const data = { attempt: 1, commit: ZERO, files: [] };
  return { seq, runId: RUN, taskId: taskId('a'), type: 'changes.applied', at: iso(ms), data };
}

function ended(seq: number, ms: number): LeadwrightEvent {
  const data = { status: 'completed' as const, from: 'running' as const };
  return { seq, runId: RUN, taskId: null, type: 'run.status', at: iso(ms), data };
}

function view(modelCalls: number, possiblyBilled: number): RunView {
  return {
    runId: RUN,
    status: 'completed',
    repo: '/',
    branch: 'leadwright/r',
    base: ZERO,
    commit: ZERO,
    tasks: [],
    usage: {
      modelCalls,
      inputTokens: 1,
      outputTokens: 1,
      costUsd: 1,
      possiblyBilled: { calls: possiblyBilled, costUsd: possiblyBilled },
    },
    urls: { dashboard: '', temporal: '' },
  };
}

const entry = (state: string): LedgerEntry => ({ task: 'a', turn: 1, state });
const KILL: Struck = {
  victims: ['worker'],
  way: 'kill',
  at: 1_000,
  doneAt: 1_000,
  backAt: 3_000,
};

/** A run of one call whose worker was killed before it could apply the answer; `more` is what differs. */
function facts(more: Partial<Facts> = {}): Facts {
  return {
    exitCode: 0,
    said: '',
    view: view(1, 0),
    tree: 't',
    expectedTree: 't',
    callsNeeded: 1,
    calls: [{ task: 'a', turn: 1, at: 500 }],
    ledger: [entry('answered')],
    strikes: [KILL],
    lostLeadTasks: [],
    events: [called(1, 600), applied(2, 4_000), ended(3, 5_000)],
    seqProblems: [],
    leftovers: [],
    ...more,
  };
}

/** The same, killed while the call was open, so that it was made again. */
function lost(more: Partial<Facts> = {}): Facts {
  return facts({
    view: view(1, 1),
    calls: [
      { task: 'a', turn: 1, at: 500 },
      { task: 'a', turn: 1, at: 12_000 },
    ],
    ledger: [entry('lost'), entry('answered')],
    events: [called(1, 12_500), applied(2, 13_000), ended(3, 14_000)],
    ...more,
  });
}

/** Six seconds from the worker's return to the step that was next. */
const LATE: Partial<Facts> = { events: [called(1, 600), applied(2, 9_000), ended(3, 10_000)] };

function problems(of: Facts): readonly string[] {
  return judge(of, { timed: true }).problems;
}

describe('the judgement on a struck run', () => {
  it('finds nothing wrong with one that lost nothing, nor with one that shows what it lost', () => {
    assert.deepEqual(problems(facts()), []);
    assert.deepEqual(problems(lost()), []);
  });

  it('takes a call that was read a moment after the kill for one that was in flight', () => {
    const calls = [1_300, 12_000].map((at) => ({ task: 'a', turn: 1, at }));
    assert.deepEqual(problems(lost({ calls })), []);
  });

  it('takes a late answer for a call that was made again', () => {
    assert.deepEqual(problems(lost({ view: view(2, 0), ledger: [entry('late'), entry('answered')] })), []);
  });

  const wrong: Record<string, Facts> = {
    'a run that did not end': facts({ exitCode: null }),
    'a run that is not completed': facts({ view: null }),
    'another tree': facts({ tree: 'u' }),
    'a log that does not end with the end': facts({ events: [called(1, 600)] }),
    'a gap in the log': facts({ seqProblems: ['event 3 came where 2 was next'] }),
    'something left over': facts({ leftovers: ['folder x'] }),
    'a call that was never needed': facts({ callsNeeded: 0 }),
    'a lost call that is not shown': lost({ view: view(1, 0) }),
    'a lost call that the ledger does not know': lost({ ledger: [entry('answered')] }),
    'a call shown as possibly billed that was made once': facts({ view: view(1, 1) }),
    'a call made again that was not in flight': lost({ strikes: [{ ...KILL, at: -600, doneAt: -600 }] }),
    'a call made again though no worker was struck': lost({ strikes: [{ ...KILL, victims: ['postgres'] }] }),
    'a step that goes on late': facts(LATE),
    'a lost call that is made again late': lost({
      calls: [
        { task: 'a', turn: 1, at: 500 },
        { task: 'a', turn: 1, at: 17_000 },
      ],
    }),
  };
  for (const [name, each] of Object.entries(wrong)) {
    it(`finds ${name}`, () => assert.notDeepEqual(problems(each), []));
  }

  it('gives a workflow task of the lead the longer time', () => {
    const hit = { from: 900, until: 10_900 };
    assert.deepEqual(problems(facts({ ...LATE, lostLeadTasks: [hit] })), []);
    for (const other of [
      { from: -9_500, until: 500 },
      { from: 3_500, until: 13_500 },
    ])
      assert.notDeepEqual(problems(facts({ ...LATE, lostLeadTasks: [other] })), []);
  });

  it('judges no times where the machine is busy', () => {
    assert.deepEqual(judge(facts(LATE), { timed: false }).problems, []);
  });
});
