/**
 * What the workflows, the activities and the clients say to each other. Ids, shas, small numbers and short
 * reasons only: content stays in the database and the git store.
 */
import type { CommitSha, RunId, TaskId } from './ids.js';
import type { Role, RunStatus, TaskStatus } from './contract.js';

/** A task as the lead agent knows it. */
export interface TaskNode {
  readonly id: TaskId;
  readonly title: string;
  readonly role: Role;
  readonly dependsOn: readonly TaskId[];
  readonly canParallelize: boolean;
  readonly priority: number;
  readonly status: TaskStatus;
  /** A blocked task whose blocker was answered: it waits for a slot again. */
  readonly answered: boolean;
  /** Blocked with the run as a whole, and by no question of its own. */
  readonly held: boolean;
  /** Its newest attempt passed its tests, or a person took it as it is, and it was not landed yet. */
  readonly ready: boolean;
  /** Corrections that a person allowed with the last answer; left out where the run's own limit holds. */
  readonly correctionsAllowed?: number;
  readonly generateTimeoutMs: number;
  readonly testTimeoutMs: number;
  /** Left out while nothing was done: a history of thousands of tasks is made of such bytes. */
  readonly progress?: TaskProgress;
  /** Workflows it has had: the first, one after each bounce, one after each answer. */
  readonly workflows: number;
}

/** How far a task's one conversation has come, over all its workflows. */
export interface TaskProgress {
  /** Model calls answered. */
  readonly turns: number;
  /** Submissions tested. */
  readonly attempts: number;
  /** Corrections asked for since a person last answered. */
  readonly corrections: number;
  /** How often it came back from landing. */
  readonly requeues: number;
  /** Its last tested commit and the tip that was made from; null when it starts (again) from the branch's tip. */
  readonly work: { readonly start: CommitSha; readonly commit: CommitSha } | null;
}

/** What a run needs to be led. */
export interface RunSettings {
  readonly concurrency: number;
  readonly maxCorrections: number;
  readonly status: RunStatus;
  /** Somebody is told of each blocker (`on_blocker`). */
  readonly tells: boolean;
  readonly whole: RunTotals;
}

/** What is true of all tasks together, for a lead that is not told of those that are completed. */
export interface RunTotals {
  /** Tasks completed when this was read. */
  readonly completed: number;
  /** Whether the model has answered any turn. */
  readonly begun: boolean;
  readonly longestTestMs: number;
  readonly fullHistory: HistoryLimits;
}

/** When a lead goes on as new. */
export interface HistoryLimits {
  /** From these on it starts nothing more, and lets end what runs. */
  readonly events: number;
  readonly bytes: number;
  /** What its tasks at work may still add has to fit, too. */
  readonly room: { readonly mostEvents: number; readonly eventsOfATask: number };
}

export interface GraphPage {
  readonly settings: RunSettings;
  readonly tip: CommitSha;
  readonly tasks: readonly TaskNode[];
  /** The number of the last task of this page, null when there are no more. */
  readonly next: number | null;
}

/** What most tasks of a page have in common. */
export type CommonFields = Omit<TaskNode, 'id' | 'title' | 'progress'>;

/** A page as it goes into a history: a task holds only what is not as usual. */
export interface LeanPage extends Omit<GraphPage, 'tasks'> {
  readonly tasks: readonly LeanNode[];
  /** Null on a page without tasks. */
  readonly usual: CommonFields | null;
}
export type LeanNode = Pick<TaskNode, 'id' | 'title' | 'progress'> & Partial<CommonFields>;

export interface LoadGraphInput {
  readonly runId: RunId;
  /** The number of the last task that was read. */
  readonly after: number;
  /** Read these and no others, in whatever state they are. Without it, all that are not completed. */
  readonly only?: readonly TaskId[];
}

export interface ProjectRunInput {
  readonly runId: RunId;
  /** The limit that a person set, carried on when the lead is renewed. */
  readonly concurrency?: number;
  /** A person was asked about the finished branch, and has not answered. */
  readonly asked?: boolean;
}

export interface ProjectRunResult {
  readonly status: RunStatus;
}

export interface TaskRunInput {
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** The run branch's tip that this workflow starts from. */
  readonly tip: CommitSha;
  /** Left out when this is its first workflow. */
  readonly progress?: TaskProgress;
  readonly maxCorrections: number;
  readonly generateTimeoutMs: number;
  readonly testTimeoutMs: number;
  readonly paused: boolean;
}

/** How a task's workflow ended. What it asks or why it failed is in the database. */
export type TaskOutcome =
  | { readonly kind: 'ready'; readonly progress: TaskProgress }
  | { readonly kind: 'blocked'; readonly progress: TaskProgress }
  /** The run as a whole waits for a person (the model's access, money), and this task with it. */
  | { readonly kind: 'held'; readonly progress: TaskProgress }
  | { readonly kind: 'failed'; readonly progress: TaskProgress };

/** One step of a task: which run, which task, and where it stands. */
export interface TaskActivityInput {
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** The number of the turn this step is about. */
  readonly turn: number;
  /** The number of the attempt that it leads to. */
  readonly attempt: number;
}

export interface TurnInput extends TaskActivityInput {
  /** The commit that the model's reads see. */
  readonly base: CommitSha;
  readonly timeoutMs: number;
  readonly counts: TurnCounts;
  /** Whether the call was made before and timed out. */
  readonly timedOut: boolean;
}

/** Counts that limit a task's turns (src/agent/turn-limits.ts), since its last tested submission. */
export interface TurnCounts {
  /** Invalid submissions in a row: malformed or refused. */
  readonly invalidSubmissions: number;
  /** Turns in a row that only read. */
  readonly reads: number;
}
export const FRESH_COUNTS: TurnCounts = { invalidSubmissions: 0, reads: 0 };

export type TurnResult =
  /** Take the next turn: the answer only read, or was not valid. */
  | { readonly next: 'read' | 'invalid'; readonly counts: TurnCounts }
  /** Apply the submission, make the call again, wait until the run is resumed, or end. */
  | { readonly next: 'apply' | 'again' | 'paused' | 'blocked' | 'held' | 'failed' };

export interface ApplyInput extends TaskActivityInput {
  readonly start: CommitSha;
  readonly base: CommitSha;
  readonly kind: AttemptKind;
  readonly counts: TurnCounts;
}
export type AttemptKind = 'first' | 'correction' | 'rebase';
export type ApplyResult =
  | { readonly next: 'test'; readonly commit: CommitSha }
  | { readonly next: 'invalid'; readonly counts: TurnCounts }
  | { readonly next: 'blocked' };

export interface TestInput extends TaskActivityInput {
  readonly commit: CommitSha;
  readonly timeoutMs: number;
  readonly kind: AttemptKind;
  /** Corrections asked for so far, and how many there may be. */
  readonly corrections: number;
  readonly maxCorrections: number;
}
export type TestResult = { readonly next: 'land' | 'correct' | 'blocked' };

/** A finished task's newest attempt, to be landed. */
export interface Candidate {
  readonly taskId: TaskId;
  readonly attempt: number;
}

export interface LandInput {
  readonly runId: RunId;
  readonly candidates: readonly Candidate[];
}
export interface LandResult {
  readonly tip: CommitSha;
  readonly landed: readonly TaskId[];
  /** Went back to their agents: a conflict, or a red merged tree. */
  readonly requeued: readonly TaskId[];
  /** Merged trees whose verdict must be known first, in the order of the stack. */
  readonly untested: readonly MergeToTest[];
  /** The branch cannot be moved, and a person is asked. */
  readonly asked: boolean;
}
export interface MergeToTest extends Candidate {
  readonly commit: CommitSha;
}

export interface VerdictInput {
  readonly runId: RunId;
}

/** What a person does to a run, as update handlers: each validates before it is accepted. */
export const UPDATES = { pause: 'pause', resume: 'resume', setConcurrency: 'setConcurrency' } as const;
/** Sent after an answer or a retry was recorded: the lead reads the record anew. */
export const REFRESH_SIGNAL = 'refresh';
/** Sent by the lead to its tasks. */
export const PAUSE_SIGNAL = 'pauseTask';

/** The lead's answer to the query `state`, for a person in the Temporal UI. */
export interface LeadState {
  readonly paused: boolean;
  readonly concurrency: number;
  readonly running: readonly TaskId[];
  readonly blocked: readonly TaskId[];
  readonly landing: readonly TaskId[];
  readonly done: number;
  readonly total: number;
}

/** Task queues: each kind of work is limited by what limits it. */
export const TASK_QUEUES = {
  workflow: 'leadwright',
  model: 'leadwright-model',
  sandbox: 'leadwright-sandbox',
} as const;
/** One kind of work, named as `worker --queues` names it. */
export type Queue = keyof typeof TASK_QUEUES;
