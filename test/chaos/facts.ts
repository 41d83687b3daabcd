/** What is seen of a struck run: all that the judgement knows of it. */
import type { LeadwrightEvent, RunView } from '../../src/contract/contract.js';
import type { LostTask } from './lead-task.js';
import { endsWorker, type Victim } from './victims.js';

/** A fault that was made. Times are milliseconds since 1970, here and below: all of one machine's clock. */
export interface InjectedFault {
  readonly victims: readonly Victim[];
  readonly way: 'kill' | 'pause';
  /** Since when its moment was waited for in a way that holds the run up; `at` where it does not. */
  readonly delayedFrom: number;
  readonly at: number;
  /** When all victims had been struck. */
  readonly doneAt: number;
  /** When the last of the victims was back; null when it does not come back by itself, or was not needed. */
  readonly backAt: number | null;
}

/** A call that arrived at the model. */
export interface CallMade {
  readonly task: string;
  readonly turn: number;
  readonly at: number;
}

/** A call as its ledger has it. */
export interface LedgerEntry {
  readonly task: string;
  readonly turn: number;
  readonly state: string;
  readonly claimedAt: number;
  /** Null while it is open. */
  readonly endedAt: number | null;
}

export interface Facts {
  /** Null when the run was given up waiting for. */
  readonly exitCode: number | null;
  /** What the command said on stderr. */
  readonly stderr: string;
  readonly view: RunView | null;
  readonly tree: string | null;
  readonly expectedTree: string;
  readonly callsNeeded: number;
  /** Which tasks each task waits for. */
  readonly dependsOn: Readonly<Record<string, readonly string[]>>;
  /** In the order in which they arrived. */
  readonly calls: readonly CallMade[];
  readonly ledger: readonly LedgerEntry[];
  /** In the order in which they were made. */
  readonly faults: readonly InjectedFault[];
  /** Workflow tasks of the lead that a worker had and never gave back. */
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

/** Whether it ends a worker, or lets it sleep for so long that it counts as dead. */
export function hitsWorker({ victims }: InjectedFault): boolean {
  return victims.some(endsWorker);
}

/** A worker whose host is killed ends by itself: its calls get three seconds of grace, and it a moment more. */
const DRAIN_MS = 4_000;

/** What it had sent is read a moment after its end; the next worker, which sends it again, takes longer to come. */
const ON_THE_WIRE_MS = 500;

/** Until when what a struck worker does may be seen. */
export function lastSignOf({ victims, doneAt, backAt }: InjectedFault): number {
  const end = doneAt + (victims.includes('worker') ? ON_THE_WIRE_MS : DRAIN_MS);
  // What comes after the next one's return is the next one's.
  return Math.min(end, backAt ?? Infinity);
}
