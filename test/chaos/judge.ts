/** What a struck run must come to: pure, on what was seen of it. */
import type { LeadwrightEvent, RunView } from '../../src/contract.js';
import type { LostTask } from './lead-task.js';
import { endsWorker, type Victim } from './victims.js';

/** A strike that was made. */
export interface Struck {
  readonly victims: readonly Victim[];
  readonly way: 'kill' | 'pause';
  readonly at: number;
  /** When all victims had been struck. */
  readonly doneAt: number;
  /** When the last of the victims was back; null when it does not come back by itself, or was not needed. */
  readonly backAt: number | null;
}

/** A call as its ledger has it. */
export interface LedgerEntry {
  readonly task: string;
  readonly turn: number;
  readonly state: string;
}

export interface Facts {
  /** Null when the run was given up waiting for. */
  readonly exitCode: number | null;
  /** What the command said on stderr. */
  readonly said: string;
  readonly view: RunView | null;
  readonly tree: string | null;
  readonly expectedTree: string;
  readonly callsNeeded: number;
  readonly calls: readonly { readonly task: string; readonly turn: number; readonly at: number }[];
  readonly ledger: readonly LedgerEntry[];
  readonly strikes: readonly Struck[];
  /** Workflow tasks of the lead that a worker had and never gave back. */
  readonly lostLeadTasks: readonly LostTask[];
  readonly events: readonly LeadwrightEvent[];
  readonly seqProblems: readonly string[];
  readonly leftovers: readonly string[];
}

export interface Judgement {
  readonly problems: readonly string[];
  /** Calls that were made beyond those needed. */
  readonly again: number;
  /** Calls in flight when a worker was struck. */
  readonly inFlight: number;
  /** The longest that a step which needs no model took from the worker's return, in milliseconds. */
  readonly goesOnMs: number | null;
  /** The longest that a lost call took from the strike until it was made again. */
  readonly againMs: number | null;
}

/** What needs no model goes on within this of the worker's return; the second, when a task of the lead was hit. */
const GOES_ON_MS = { usually: 5_000, lead: 12_000 };
/** A lost call is made again within this of the strike. */
const AGAIN_MS = 15_000;

/** `timed`: the machine is quiet enough to judge times too. */
export function judge(facts: Facts, { timed }: { readonly timed: boolean }): Judgement {
  const calls = callsOf(facts);
  const figures = facts.strikes.map((strike, index) =>
    figuresOf(facts, strike, facts.strikes[index + 1]?.at),
  );
  const problems = [
    ...endProblems(facts),
    ...calls.problems,
    ...facts.seqProblems,
    ...facts.leftovers.map((left) => `left over: ${left}`),
    ...(timed ? figures.flatMap(({ late }) => late) : []),
  ];
  return {
    problems,
    again: calls.again,
    inFlight: calls.inFlight,
    goesOnMs: longest(figures.map(({ goesOnMs }) => goesOnMs)),
    againMs: longest(figures.map(({ againMs }) => againMs)),
  };
}

/** The end of what a command said: why it gave up. */
const SAID_CHARACTERS = 300;

function endProblems({ exitCode, said, view, tree, expectedTree, events }: Facts): string[] {
  const last = events.at(-1);
  const told = last?.type === 'run.status' ? last.data.status : undefined;
  return [
    ...(exitCode === 0
      ? []
      : [
          `the command's exit code is ${exitCode ?? 'none: it did not end'}: ${said.slice(-SAID_CHARACTERS)}`,
        ]),
    ...(view?.status === 'completed' ? [] : [`the run is ${view?.status ?? 'unknown'}`]),
    ...(tree === expectedTree ? [] : [`the branch's tree is ${tree ?? 'missing'}, not ${expectedTree}`]),
    ...(told === 'completed' ? [] : [`the last event tells of ${told ?? 'something else'}`]),
  ];
}

type Key = string;
const keyOf = ({ task, turn }: { readonly task: string; readonly turn: number }): Key => `${task} ${turn}`;

/** Each call beyond those needed was in flight when a worker was struck, and the record says so. */
function callsOf(facts: Facts): { problems: string[]; again: number; inFlight: number } {
  const made = countBy(facts.calls.map(keyOf));
  const flying = countBy(facts.strikes.flatMap((strike) => inFlightAt(facts, strike)));
  const again = facts.calls.length - made.size;
  const problems: string[] = [];
  if (made.size !== facts.callsNeeded)
    problems.push(`${made.size} different calls, ${facts.callsNeeded} needed`);
  for (const [key, count] of made) {
    const allowed = flying.get(key) ?? 0;
    if (count - 1 > allowed) problems.push(`call ${key}: ${count} times, ${allowed} times lost`);
  }
  problems.push(...ledgerProblems(facts, made, again));
  return { problems, again, inFlight: sum([...flying.values()]) };
}

/** A worker whose host is killed ends by itself: its calls get three seconds of grace, and it a moment more. */
const DRAIN_MS = 4_000;

/** What it had sent is read a moment after its end; the next worker, which sends it again, takes longer to come. */
const ON_THE_WIRE_MS = 500;

/** Calls that had been sent and were not stored when a strike ended the worker, or paused it for too long. */
function inFlightAt({ calls, events }: Facts, strike: Struck): Key[] {
  if (!strike.victims.some(endsWorker)) return [];
  const end = strike.doneAt + (strike.victims.includes('worker') ? ON_THE_WIRE_MS : DRAIN_MS);
  const stored = new Set(
    events.flatMap((event) =>
      event.type === 'model.call' && Date.parse(event.at) <= strike.at
        ? [keyOf({ task: event.taskId ?? '', turn: event.data.turn })]
        : [],
    ),
  );
  return calls.filter((call) => call.at <= end && !stored.has(keyOf(call))).map(keyOf);
}

/** Every call that arrived is in the ledger; what may have been paid in vain is shown, and nothing else. */
function ledgerProblems(facts: Facts, made: ReadonlyMap<Key, number>, again: number): string[] {
  const { ledger, view, callsNeeded } = facts;
  if (view === null) return [];
  const sent = ledger.filter(({ state }) => state === 'answered' || state === 'late' || state === 'lost');
  const noted = countBy(sent.map(keyOf));
  const hidden = [...made].filter(([key, count]) => count > (noted.get(key) ?? 0));
  const { modelCalls, possiblyBilled } = view.usage;
  const late = modelCalls - callsNeeded;
  // Claimed by a worker that was struck before it sent them: nobody can know that they never left.
  const neverArrived = sent.length - facts.calls.length;
  const shown = possiblyBilled.calls + late;
  const open = ledger.filter(({ state }) => state === 'open' || state === 'waiting');
  return [
    ...open.map((call) => `call ${keyOf(call)} is ${call.state} though the run is over`),
    ...hidden.map(
      ([key, count]) => `call ${key} arrived ${count} times, the ledger knows ${noted.get(key) ?? 0}`,
    ),
    ...(late < 0 ? [`${modelCalls} calls answered, ${callsNeeded} needed`] : []),
    ...(shown === again + neverArrived
      ? []
      : [`${again} calls made again, ${possiblyBilled.calls} shown as possibly billed and ${late} late`]),
    ...(possiblyBilled.calls > 0 && possiblyBilled.costUsd <= 0
      ? ['what is possibly billed costs nothing']
      : []),
    ...(facts.strikes.some(({ victims }) => victims.some(endsWorker)) || shown === 0
      ? []
      : [`${shown} calls counted twice though no worker was struck`]),
  ];
}

/** What follows from what has been done, without the model. */
const STEPS: ReadonlySet<LeadwrightEvent['type']> = new Set([
  'changes.applied',
  'tests.finished',
  'merge.finished',
  'run.status',
]);

interface StrikeFigures {
  readonly goesOnMs: number | null;
  readonly againMs: number | null;
  readonly late: readonly string[];
}

function figuresOf(facts: Facts, strike: Struck, until = Infinity): StrikeFigures {
  const slowest = goesOn(facts, strike, until);
  const goesOnMs = slowest?.ms ?? null;
  const lost = new Set(inFlightAt(facts, strike));
  const repeats = facts.calls.filter(
    (call) => call.at > strike.at && call.at < until && lost.has(keyOf(call)),
  );
  const againMs = longest(repeats.map(({ at }) => at - strike.at));
  const limit = hitLead(facts, strike) ? GOES_ON_MS.lead : GOES_ON_MS.usually;
  const worker = strike.victims.some(endsWorker);
  return {
    goesOnMs,
    againMs,
    late: [
      ...(worker && slowest !== null && slowest.ms > limit
        ? [`goes on only after ${slowest.ms} ms, with ${slowest.step}`]
        : []),
      ...(againMs !== null && againMs > AGAIN_MS
        ? [`a lost call is made again only after ${againMs} ms`]
        : []),
    ],
  };
}

/** Whether it hit a workflow task of the lead: one that a worker had then, or got while it slept. */
function hitLead({ lostLeadTasks }: Facts, { at, doneAt, backAt }: Struck): boolean {
  return lostLeadTasks.some(({ from, until }) => from <= (backAt ?? doneAt) && until > at);
}

/** For each task, and for the run, the step that was next when the victim came back: the last of them to come. */
function goesOn(
  { events }: Facts,
  { backAt }: Struck,
  until: number,
): { readonly ms: number; readonly step: string } | null {
  if (backAt === null) return null;
  const next = new Map<string | null, LeadwrightEvent>();
  const open = new Set<string>();
  for (const event of events) {
    const at = Date.parse(event.at);
    if (at <= backAt || at >= until) continue;
    if (event.taskId !== null) open.add(event.taskId);
    if (!next.has(event.taskId)) next.set(event.taskId, event);
  }
  const steps = [...next.values()].filter(
    // The run's own status needs no model only when no task was left.
    ({ type, taskId }) => STEPS.has(type) && (taskId !== null || open.size === 0),
  );
  const slowest = steps.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  if (slowest === undefined) return null;
  return {
    ms: Date.parse(slowest.at) - backAt,
    step: `${slowest.type} of ${slowest.taskId ?? 'the run'} (event ${slowest.seq})`,
  };
}

function longest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function countBy(keys: readonly Key[]): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
