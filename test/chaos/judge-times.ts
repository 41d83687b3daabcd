/** How soon a struck run went on. Pure. */
import type { LeadwrightEvent } from '../../src/contract/contract.js';
import {
  hitsWorker,
  keyOf,
  lastSignOf,
  timeOf,
  type CallMade,
  type Facts,
  type InjectedFault,
} from './facts.js';
import { callsInFlight } from './judge-calls.js';

/** What needs no model goes on within this of the worker's return; the second, when a task of the lead was hit. */
const RESUME_LIMIT_MS = { usually: 5_000, lead: 12_000 };
/** A call that was lost, or was about to be made, is made within this of the fault. */
const RESEND_LIMIT_MS = 15_000;

export interface TimesJudgement {
  /** The longest that a step which needs no model took from the worker's return, or from the step before it. */
  readonly resumeMs: number | null;
  /** The longest that a call under way took from the fault until it was made. */
  readonly resendMs: number | null;
  readonly late: readonly string[];
}

/** Something that was done without the model: from when on it could be, and when it was. */
interface TimedStep {
  readonly name: string;
  readonly due: number;
  readonly at: number;
}

/** For each fault the times from it on, until the next one is waited for. */
export function judgeTimes(facts: Facts): readonly TimesJudgement[] {
  const steps = stepsOf(facts);
  const calls = firstSends(facts);
  const lost = callsInFlight(facts);
  return facts.faults.map((fault, index) => {
    const until = facts.faults[index + 1]?.delayedFrom ?? Infinity;
    const held = calls.filter((call) => wasDelayed(call, fault));
    const others = calls.filter((call) => !held.includes(call));
    const slowest = slowestStep([...steps, ...others], fault, until);
    const made = [...resends(facts.calls, lost[index] ?? []), ...held].map(({ at }) => at);
    const resendMs = longest(made.map((at) => Math.min(at, until) - fault.at));
    return { resumeMs: slowest?.ms ?? null, resendMs, late: latenessOf(facts, fault, { slowest, resendMs }) };
  });
}

function latenessOf(
  facts: Facts,
  fault: InjectedFault,
  { slowest, resendMs }: { readonly slowest: Slowest | null; readonly resendMs: number | null },
): string[] {
  if (!hitsWorker(fault)) return [];
  const limit = hitsLead(facts, fault) ? RESUME_LIMIT_MS.lead : RESUME_LIMIT_MS.usually;
  return [
    ...(slowest !== null && slowest.ms > limit
      ? [`goes on only after ${slowest.ms} ms, with ${slowest.name}`]
      : []),
    ...(resendMs !== null && resendMs > RESEND_LIMIT_MS
      ? [`a call under way is made only after ${resendMs} ms`]
      : []),
  ];
}

/** Whether it hit a workflow task of the lead: one that a worker had then, or got while it slept. */
function hitsLead({ lostLeadTasks }: Facts, { at, doneAt, backAt }: InjectedFault): boolean {
  return lostLeadTasks.some(({ from, until }) => from <= (backAt ?? doneAt) && until > at);
}

/** Every event but an answer of the model's, with the event that it follows from. */
function stepsOf(facts: Facts): TimedStep[] {
  return facts.events.flatMap((event, index) => {
    const due = dueOf(facts, event, facts.events.slice(0, index));
    if (event.type === 'model.call' || isPersons(event) || due === null) return [];
    const what = event.type === 'task.status' ? `${event.type} ${event.data.status}` : event.type;
    return [{ name: `${what} of ${event.taskId ?? 'the run'} (event ${event.seq})`, due, at: timeOf(event) }];
  });
}

/** What a person does, and takes the time for. */
function isPersons({ type, data }: LeadwrightEvent): boolean {
  return (
    type === 'blocker.resolved' ||
    (type === 'run.status' && data.from !== null && data.from !== 'running') ||
    (type === 'task.status' && data.from !== 'pending' && data.status === 'pending')
  );
}

/** The first time that each call was sent, with the event that it follows from. */
function firstSends({ calls, events }: Facts): TimedStep[] {
  const seen = new Set<string>();
  return calls.flatMap((call) => {
    if (seen.has(keyOf(call))) return [];
    seen.add(keyOf(call));
    const before = events.filter((event) => event.taskId === call.task && timeOf(event) <= call.at).at(-1);
    if (before === undefined) return [];
    return [{ name: `the call ${keyOf(call)}`, due: timeOf(before), at: call.at }];
  });
}

/**
 * From when on an event could be: what it follows from was done, and the run was not waiting for a person. Null for
 * what was there from the beginning.
 */
function dueOf(
  { dependsOn }: Facts,
  event: LeadwrightEvent,
  before: readonly LeadwrightEvent[],
): number | null {
  const allowed = before.findLast(({ type }) => type === 'run.status');
  const cause = startsTask(event)
    ? before.findLast((each) => completes(each, dependsOn[event.taskId ?? ''] ?? []))
    : // The run's own event follows from all that was.
      before.findLast(({ taskId }) => event.taskId === null || taskId === event.taskId);
  const known = [allowed, cause].filter((each) => each !== undefined);
  return known.length === 0 ? null : Math.max(...known.map(timeOf));
}

function startsTask(event: LeadwrightEvent): boolean {
  return event.type === 'task.status' && event.data.from === 'pending' && event.data.status === 'in_progress';
}

function completes(event: LeadwrightEvent, tasks: readonly string[]): boolean {
  return (
    event.type === 'task.status' && event.data.status === 'completed' && tasks.includes(event.taskId ?? '')
  );
}

/**
 * Whether a kill of the worker kept a call from being sent: its turn was under way, and is made again as one whose call
 * was lost is. A worker that only slept goes on with it.
 */
function wasDelayed({ due, at }: TimedStep, fault: InjectedFault): boolean {
  return fault.way === 'kill' && hitsWorker(fault) && due <= fault.at && at > lastSignOf(fault);
}

/** The calls that were made in the place of lost ones. */
function resends(calls: readonly CallMade[], lost: readonly CallMade[]): CallMade[] {
  return lost.flatMap(
    (call) => calls.find((other) => keyOf(other) === keyOf(call) && other.at > call.at) ?? [],
  );
}

interface Slowest {
  readonly ms: number;
  readonly name: string;
}

/** The step that took longest once the victim was back. One that the next fault met on its way took until then. */
function slowestStep(steps: readonly TimedStep[], { backAt }: InjectedFault, until: number): Slowest | null {
  if (backAt === null) return null;
  const taken = steps
    .filter(({ at, due }) => at > backAt && Math.max(due, backAt) < until)
    .map(({ name, due, at }) => ({ name, ms: Math.min(at, until) - Math.max(due, backAt) }));
  return taken.toSorted((a, b) => a.ms - b.ms).at(-1) ?? null;
}

export function longest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
