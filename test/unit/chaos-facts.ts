/** Facts of runs with faults, for tests of what is made of them. */
import { commitSha, runId, taskId } from '../../src/contract/ids.js';
import type { LeadwrightEvent } from '../../src/contract/events.js';
import type { RunView } from '../../src/contract/run-view.js';
import type { Facts, LedgerEntry, InjectedFault } from '../chaos/facts.js';

const RUN = runId('r');
const ZERO = commitSha('0'.repeat(40));

const iso = (ms: number): string => new Date(ms).toISOString();

export function called(seq: number, ms: number, task = 'a', turn = 1): LeadwrightEvent {
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

export function applied(seq: number, ms: number, task = 'a'): LeadwrightEvent {
  const data = { attempt: 1, commit: ZERO, files: [] };
  return { seq, runId: RUN, taskId: taskId(task), type: 'changes.applied', at: iso(ms), data };
}

export function moved(
  seq: number,
  ms: number,
  task: string,
  status: 'in_progress' | 'completed',
): LeadwrightEvent {
  const from = status === 'completed' ? ('in_progress' as const) : ('pending' as const);
  const data = { status, from, agentId: 'w', attempt: 1 };
  return { seq, runId: RUN, taskId: taskId(task), type: 'task.status', at: iso(ms), data };
}

export function began(ms: number): LeadwrightEvent {
  const data = { status: 'running' as const, from: null };
  return { seq: 1, runId: RUN, taskId: null, type: 'run.status', at: iso(ms), data };
}

export function ended(seq: number, ms: number): LeadwrightEvent {
  const data = { status: 'completed' as const, from: 'running' as const };
  return { seq, runId: RUN, taskId: null, type: 'run.status', at: iso(ms), data };
}

export function view(modelCalls: number, possiblyBilled: number): RunView {
  return {
    runId: RUN,
    status: 'completed',
    repo: '/',
    branch: 'leadwright/r',
    base: ZERO,
    commit: ZERO,
    tasks: [],
    verify: null,
    accepted: [],
    waiting: null,
    usage: {
      modelCalls,
      inputTokens: 1,
      outputTokens: 1,
      costUsd: 1,
      possiblyBilled: { calls: possiblyBilled, costUsd: possiblyBilled },
    },
    urls: { dashboard: '', temporal: null },
  };
}

export function entry(state: string, claimedAt = 400, endedAt = 12_400): LedgerEntry {
  return { task: 'a', turn: 1, state, claimedAt, endedAt };
}

export const KILL: InjectedFault = {
  victims: ['worker'],
  way: 'kill',
  delayedFrom: 1_000,
  at: 1_000,
  doneAt: 1_000,
  backAt: 3_000,
};
/** The same, after it. */
export const LATER: InjectedFault = {
  ...KILL,
  delayedFrom: 12_700,
  at: 12_700,
  doneAt: 12_700,
  backAt: 14_000,
};

/** A run with one call whose worker was killed before it applied the answer; `more` overrides single facts. */
export function facts(more: Partial<Facts> = {}): Facts {
  return {
    exitCode: 0,
    stderr: '',
    view: view(1, 0),
    tree: 't',
    expectedTree: 't',
    callsNeeded: 1,
    mcpCalls: 1,
    dependsOn: {},
    calls: [{ task: 'a', turn: 1, at: 500 }],
    ledger: [entry('answered')],
    faults: [KILL],
    lostLeadTasks: [],
    events: [called(1, 600), applied(2, 4_000), ended(3, 5_000)],
    seqProblems: [],
    leftovers: [],
    ...more,
  };
}

/** The arrivals of one call at the model, in ms. */
export const copies = (...times: readonly number[]) => times.map((at) => ({ task: 'a', turn: 1, at }));

/** The same run, with the worker killed during the call, so that the call was made again. */
export function lost(more: Partial<Facts> = {}): Facts {
  return facts({
    view: view(1, 1),
    calls: copies(500, 12_000),
    ledger: [entry('lost'), entry('answered', 11_900, 12_500)],
    events: [called(1, 12_500), applied(2, 13_000), ended(3, 14_000)],
    ...more,
  });
}
