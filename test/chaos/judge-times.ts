/** Checks how soon a run continued after each fault. Pure. */
import type { LeadwrightEvent } from '../../src/contract/events.js';
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

/**
 * Limit from the worker's return to the next step that needs no model. `lead` applies when a workflow task of the lead
 * was lost, which Temporal only retries after that task's timeout.
 */
const RESUME_LIMIT_MS = { usually: 5_000, lead: 12_000 };
/** Limit from a fault until a call that was lost, or about to be made, is made. */
const RESEND_LIMIT_MS = 15_000;

export interface TimesJudgement {
  /** The longest time from the worker's return, or from the preceding step, to a step that needs no model. */
  readonly resumeMs: number | null;
  /** The longest time from the fault until a call that it interrupted was made. */
  readonly resendMs: number | null;
  readonly late: readonly string[];
}

/** A step that needs no model: when it became possible, and when it was done. */
interface TimedStep {
  readonly name: string;
  readonly due: number;
  readonly at: number;
}

/** For each fault, the times from it until the wait for the next fault begins. */
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
      ? [`continues only after ${slowest.ms} ms, with ${slowest.name}`]
      : []),
    ...(resendMs !== null && resendMs > RESEND_LIMIT_MS
      ? [`an interrupted call is made only after ${resendMs} ms`]
      : []),
  ];
}

/** Whether the fault hit a workflow task of the lead that a worker had then, or received while it was paused. */
function hitsLead({ lostLeadTasks }: Facts, { at, doneAt, backAt }: InjectedFault): boolean {
  return lostLeadTasks.some(({ from, until }) => from <= (backAt ?? doneAt) && until > at);
}

/** All events that need no model, each with the time from which it was possible. */
function stepsOf(facts: Facts): TimedStep[] {
  return facts.events.flatMap((event, index) => {
    const due = dueOf(facts, event, facts.events.slice(0, index));
    if (event.type === 'model.call' || isPersons(event) || due === null) return [];
    const what = event.type === 'task.status' ? `${event.type} ${event.data.status}` : event.type;
    return [{ name: `${what} of ${event.taskId ?? 'the run'} (event ${event.seq})`, due, at: timeOf(event) }];
  });
}

/** Whether a person caused the event, so that its time says nothing about the system. */
function isPersons({ type, data }: LeadwrightEvent): boolean {
  return (
    type === 'blocker.resolved' ||
    (type === 'run.status' && data.from !== null && data.from !== 'running') ||
    (type === 'task.status' && data.from !== 'pending' && data.status === 'pending')
  );
}

/** The first send of each call, with the time of the event that it follows. */
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
 * The time from which an event was possible: its cause had happened, and the run was not waiting for a person. Null for
 * events without an earlier cause.
 */
function dueOf(
  { dependsOn }: Facts,
  event: LeadwrightEvent,
  before: readonly LeadwrightEvent[],
): number | null {
  const allowed = before.findLast(({ type }) => type === 'run.status');
  const cause = startsTask(event)
    ? before.findLast((each) => completes(each, dependsOn[event.taskId ?? ''] ?? []))
    : // An event of the run itself may follow from any earlier event.
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
 * Whether killing the worker delayed a call: its turn was running and is repeated, like a turn whose call was lost. A
 * worker that was only paused continues the turn.
 */
function wasDelayed({ due, at }: TimedStep, fault: InjectedFault): boolean {
  return fault.way === 'kill' && hitsWorker(fault) && due <= fault.at && at > lastSignOf(fault);
}

/** The calls that replaced lost ones. */
function resends(calls: readonly CallMade[], lost: readonly CallMade[]): CallMade[] {
  return lost.flatMap(
    (call) => calls.find((other) => keyOf(other) === keyOf(call) && other.at > call.at) ?? [],
  );
}

interface Slowest {
  readonly ms: number;
  readonly name: string;
}

/** The slowest step after the victim's return. A step that was interrupted by the next fault counts until that fault. */
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
