/** Stub activities for workflows on a real Temporal server: no database, no git, no model. */
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import { toLeanPage } from '../../src/contract/lean-page.js';
import { ACTIVITY_NAMES, type Activities } from '../../src/activities/index.js';
import type {
  Candidate,
  LandInput,
  LandResult,
  LeanPage,
  LoadGraphInput,
  RunSettings,
  TaskNode,
  TurnInput,
} from '../../src/contract/payloads.js';

export const sha = (n: number): CommitSha => commitSha(n.toString(16).padStart(40, '0'));

/** The calls in order: `turn a 1`, `land a+b`, `report blocked`. */
export type Calls = string[];

export interface Stubs {
  readonly calls: Calls;
  activities: Activities;
  /** The tasks in the record; a test may change them between two loads. */
  tasks: readonly TaskNode[];
  settings: RunSettings;
  tip: CommitSha;
}

const SETTINGS: RunSettings = {
  concurrency: 10,
  maxCorrections: 3,
  status: 'running',
  notifies: false,
  notifiesOfEnd: false,
  inFleet: false,
  totals: {
    completed: 0,
    begun: false,
    longestTestMs: 60_000,
    fullHistory: { events: 1e9, bytes: 1e9, mostEvents: 1e9 },
  },
};

/** Stubs for a run whose every task succeeds: one turn, one test, one landing. `changes` overrides some of them. */
export function stubs(
  tasks: readonly TaskNode[],
  changes: (stubs: Stubs) => Partial<Activities> = () => ({}),
): Stubs {
  const calls: Calls = [];
  let landings = 0;
  const good: Activities = {
    loadGraph: (input) => Promise.resolve(pageOf(made, made.tasks, input)),
    checkBase: () => Promise.resolve(true),
    tryTest: () => Promise.resolve(1),
    turn: (input) => Promise.resolve(submitted(input)),
    runCalls: (input) => Promise.resolve(submitted(input)),
    test: () => Promise.resolve({ next: 'land' }),
    land: (input) => Promise.resolve(landAll(input, sha(++landings))),
    testMerge: () => Promise.resolve(null),
    verify: () => Promise.resolve(true),
    failTask: () => Promise.resolve(),
    reportRun: ({ status }) => Promise.resolve(status),
    cancelRun: () => Promise.resolve(),
    pendingNotifications: () => Promise.resolve({ blockers: [], more: false }),
    notify: () => Promise.resolve(),
    notifyEnd: () => Promise.resolve(),
  };
  const made: Stubs = {
    calls,
    tasks,
    settings: SETTINGS,
    tip: sha(0),
    activities: good,
  };
  made.activities = noted(calls, { ...good, ...changes(made) });
  return made;
}

/** The page that `loadGraph` returns: the requested tasks, or all tasks that are not completed. */
export function pageOf(
  { settings, tip }: Pick<Stubs, 'settings' | 'tip'>,
  tasks: readonly TaskNode[],
  { only }: Pick<LoadGraphInput, 'only'>,
): LeanPage {
  const totals = {
    ...settings.totals,
    completed: tasks.filter(({ status }) => status === 'completed').length,
    begun: tasks.some(({ progress }) => (progress?.turns ?? 0) > 0),
  };
  const shown = tasks.filter(({ id, status }) => only?.includes(id) ?? status !== 'completed');
  return toLeanPage({ settings: { ...settings, totals }, tip, tasks: shown, next: null });
}

/** The result of a turn with a submission, which became the commit `sha(1_000 + attempt)`. */
export function submitted({ attempt }: Pick<TurnInput, 'attempt'>) {
  return { next: 'test', commit: sha(1_000 + attempt) } as const;
}

/** The result of a turn that asks a person or has a submission. */
export function askedOr(asked: boolean, input: Pick<TurnInput, 'attempt'>) {
  return asked ? ({ next: 'blocked' } as const) : submitted(input);
}

/** A landing that lands nothing, but for `changes`. */
export function landing(tip: CommitSha, changes: Partial<Omit<LandResult, 'tip'>>): LandResult {
  return { tip, landed: [], requeued: [], untested: [], asked: false, verified: false, ...changes };
}

/** A landing that accepts all candidates. */
export function landAll({ candidates }: LandInput, tip: CommitSha): LandResult {
  return landing(tip, { landed: candidates.map(({ taskId }) => taskId) });
}

/** A landing that wants the merges of these candidates tested first, all of the same commit. */
export function untestedMerges(
  tip: CommitSha,
  candidates: readonly Candidate[],
  commit: CommitSha,
): LandResult {
  return landing(tip, { untested: candidates.map((candidate) => ({ ...candidate, commit })) });
}

/** The text that is recorded for a call; by default the activity's name. */
const NOTES: { readonly [Name in keyof Activities]?: (input: Parameters<Activities[Name]>[0]) => string } = {
  loadGraph: () => 'load',
  checkBase: () => 'base',
  turn: (input) => `turn ${input.taskId} ${input.turn}`,
  runCalls: (input) => `commands ${input.taskId} ${input.turn}`,
  test: (input) => `test ${input.taskId} ${input.attempt}`,
  land: (input) => `land ${input.candidates.map(({ taskId }) => taskId).join('+')}`,
  testMerge: (input) => `merge ${input.taskId}`,
  failTask: (input) => `fail ${input.taskId}: ${input.reason}`,
  reportRun: (input) => `report ${input.status}`,
  cancelRun: () => 'cancel',
  pendingNotifications: () => 'pending notifications',
  notify: (input) => `notify ${input.blockerId}`,
  notifyEnd: () => 'notify of the end',
};

/** Wraps activities so that each records its calls. */
export function noted(calls: Calls, given: Activities): Activities {
  return eachActivity((name) => (input) => {
    calls.push(NOTES[name]?.(input) ?? name);
    return given[name](input);
  });
}

/** Creates an activity for each name with `make`. */
export function eachActivity(
  make: (name: keyof Activities) => (input: never) => Promise<unknown>,
): Activities {
  const made = Object.fromEntries(ACTIVITY_NAMES.map((name) => [name, make(name)]));
  // The type of Object.fromEntries does not relate each name to its function.
  return made as Activities;
}

/** A barrier that the test opens. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private isOpen = false;

  async pass(): Promise<void> {
    if (!this.isOpen) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  open(): void {
    this.isOpen = true;
    for (const resume of this.waiting.splice(0)) resume();
  }
}

/** The tasks whose first turn was started, in order. */
export const begun = ({ calls }: Stubs) => calls.flatMap((call) => /^turn (\S+) 1$/.exec(call)?.[1] ?? []);

/** Turns that wait until the gate of their task is opened. */
export function gated(...ids: readonly string[]) {
  const gates = new Map(ids.map((id) => [id, new Gate()] as const));
  const turn: Activities['turn'] = async (input) => {
    await gates.get(input.taskId)?.pass();
    return submitted(input);
  };
  return { turn, open: (id: string) => gates.get(id)?.open() };
}
