/** Checks that a run paid only for the calls that it needed, and for those in flight at a fault. Pure. */
import {
  hitsWorker,
  keyOf,
  lastSignOf,
  timeOf,
  type CallMade,
  type Facts,
  type Key,
  type LedgerEntry,
  type InjectedFault,
} from './facts.js';

export interface CallsJudgement {
  readonly problems: readonly string[];
  /** Calls beyond those needed. */
  readonly repeated: number;
  /** Calls in flight when a worker was hit. */
  readonly inFlight: number;
}

/** Checks that each call beyond those needed was in flight when a worker was hit, and that the record says so. */
export function judgeCalls(facts: Facts): CallsJudgement {
  const made = countBy(facts.calls);
  const lost = callsInFlight(facts).flat();
  const inFlight = countBy(lost);
  const problems: string[] = [];
  if (made.size !== facts.callsNeeded)
    problems.push(`${made.size} different calls, ${facts.callsNeeded} needed`);
  for (const [key, count] of made) {
    const allowed = inFlight.get(key) ?? 0;
    if (count - 1 > allowed) problems.push(`call ${key}: ${count} times, ${allowed} times lost`);
  }
  problems.push(...ledgerProblems(facts, made));
  return { problems, repeated: facts.calls.length - made.size, inFlight: lost.length };
}

/**
 * For each fault, the calls that had arrived and were not stored when it ended or paused the worker. A call is lost only
 * once, so a later fault does not count it again. Of one turn only the newest call is in flight, because an earlier one
 * was already lost when the turn was repeated.
 */
export function callsInFlight({ calls, events, faults }: Facts): readonly (readonly CallMade[])[] {
  const hit = new Set<CallMade>();
  return faults.map((fault) => {
    if (!hitsWorker(fault)) return [];
    const stored = new Set<Key>();
    for (const event of events) {
      if (event.type !== 'model.call' || timeOf(event) > fault.at) continue;
      stored.add(keyOf({ task: event.taskId ?? '', turn: event.data.turn }));
    }
    const newest = new Map<Key, CallMade>();
    const found: CallMade[] = [];
    for (const call of calls) {
      if (call.at > lastSignOf(fault) || stored.has(keyOf(call))) continue;
      if (call.at <= fault.at) newest.set(keyOf(call), call);
      // Sent by the worker in its last moments.
      else found.push(call);
    }
    const flying = [...newest.values(), ...found].filter((call) => !hit.has(call));
    for (const call of flying) hit.add(call);
    return flying;
  });
}

/** Checks that every call that arrived is in the ledger, and that exactly the possibly wasted calls are shown as such. */
function ledgerProblems(facts: Facts, made: ReadonlyMap<Key, number>): string[] {
  const { ledger, view, callsNeeded } = facts;
  if (view === null) return [];
  const answered = ledger.filter(({ state }) => state === 'answered');
  const wasted = ledger.filter(({ state }) => state === 'late' || state === 'lost');
  const open = ledger.filter(({ state }) => state === 'open' || state === 'waiting');
  const recorded = countBy([...answered, ...wasted]);
  const hidden = [...made].filter(([key, count]) => count > (recorded.get(key) ?? 0));
  const { modelCalls, possiblyBilled } = view.usage;
  const shown = modelCalls - answered.length + possiblyBilled.calls;
  return [
    ...open.map((call) => `call ${keyOf(call)} is ${call.state} although the run has ended`),
    ...hidden.map(
      ([key, count]) => `call ${key} arrived ${count} times, the ledger has ${recorded.get(key) ?? 0}`,
    ),
    ...(answered.length === callsNeeded
      ? []
      : [`${answered.length} calls answered in time, ${callsNeeded} needed`]),
    ...(shown === wasted.length ? [] : [`${wasted.length} calls lost or late, ${shown} shown as such`]),
    ...wasted
      .filter((entry) => !facts.faults.some((fault) => wasOpenDuring(entry, fault)))
      .map((entry) => `call ${keyOf(entry)} is ${entry.state}, and no fault met it`),
    ...(possiblyBilled.calls > 0 && possiblyBilled.costUsd <= 0
      ? ['what is possibly billed costs nothing']
      : []),
  ];
}

/**
 * Whether a fault hit a call between its claim and its end. This includes a call that the worker had claimed and not yet
 * sent, because whether it was sent cannot be known.
 */
function wasOpenDuring({ claimedAt, endedAt }: LedgerEntry, fault: InjectedFault): boolean {
  return hitsWorker(fault) && claimedAt <= lastSignOf(fault) && (endedAt ?? Infinity) >= fault.at;
}

function countBy(calls: readonly (CallMade | LedgerEntry)[]): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const call of calls) counts.set(keyOf(call), (counts.get(keyOf(call)) ?? 0) + 1);
  return counts;
}
