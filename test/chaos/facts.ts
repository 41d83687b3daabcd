/** The observations of a run with injected faults: the complete input of its judgement. */
import type { LeadwrightEvent } from '../../src/contract/events.js';
import type { RunView } from '../../src/contract/run-view.js';
import type { LostTask } from './lead-task.js';
import { endsWorker, type Victim } from './victims.js';

/** A fault that was injected. Times here and below are milliseconds since 1970, all from the same machine's clock. */
export interface InjectedFault {
  readonly victims: readonly Victim[];
  readonly way: 'kill' | 'pause';
  /** When waiting for the fault's moment began to delay the run; equal to `at` when it did not delay it. */
  readonly delayedFrom: number;
  readonly at: number;
  /** When all victims had been killed or paused. */
  readonly doneAt: number;
  /** When the last victim was back; null when it does not come back by itself, or is not needed. */
  readonly backAt: number | null;
}

/** A call that arrived at the model. */
export interface CallMade {
  readonly task: string;
  readonly turn: number;
  readonly at: number;
}

/** A call as recorded in the ledger. */
export interface LedgerEntry {
  readonly task: string;
  readonly turn: number;
  readonly state: string;
  readonly claimedAt: number;
  /** Null while the call is open. */
  readonly endedAt: number | null;
}

export interface Facts {
  /** Null when the command did not end within the time limit. */
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly view: RunView | null;
  readonly tree: string | null;
  readonly expectedTree: string;
  readonly callsNeeded: number;
  /** The dependencies of each task. */
  readonly dependsOn: Readonly<Record<string, readonly string[]>>;
  /** How often the MCP server was called, of one call that the model asked for. */
  readonly mcpCalls: number;
  /** In order of arrival. */
  readonly calls: readonly CallMade[];
  readonly ledger: readonly LedgerEntry[];
  /** In the order in which they were injected. */
  readonly faults: readonly InjectedFault[];
  /** Workflow tasks of the lead that a worker received and never completed. */
  readonly lostLeadTasks: readonly LostTask[];
  readonly events: readonly LeadwrightEvent[];
  readonly seqProblems: readonly string[];
  readonly leftovers: readonly string[];
}

/** A turn of a task, by name. */
export type Key = string;

export function keyOf({ task, turn }: { readonly task: string; readonly turn: number }): Key {
  return `${task} ${turn}`;
}

export function timeOf({ at }: LeadwrightEvent): number {
  return Date.parse(at);
}

/** Whether the fault ends a worker, or pauses it for so long that it counts as dead. */
export function hitsWorker({ victims }: InjectedFault): boolean {
  return victims.some(endsWorker);
}

/** A worker whose host is killed ends by itself: three seconds of grace for its calls, and one more to exit. */
const DRAIN_MS = 4_000;

/** Data that a killed worker had sent arrives shortly after its end, before the next worker can send it again. */
const ON_THE_WIRE_MS = 500;

/** The latest time at which an effect of the hit worker can be observed. */
export function lastSignOf({ victims, doneAt, backAt }: InjectedFault): number {
  const end = doneAt + (victims.includes('worker') ? ON_THE_WIRE_MS : DRAIN_MS);
  // Effects after the return belong to the next worker.
  return Math.min(end, backAt ?? Infinity);
}
