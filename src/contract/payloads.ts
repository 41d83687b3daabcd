/**
 * Payloads between workflows, activities and clients. They hold only ids, shas, small numbers and short reasons:
 * content stays in the database and the git store. Workflow histories keep their keys.
 */
import type { CommitSha, RunId, TaskId } from './ids.js';
import type { Role, RunStatus, TaskStatus } from './run-status.js';

/** A task in the lead agent's graph. */
export interface TaskNode {
  readonly id: TaskId;
  readonly title: string;
  readonly role: Role;
  readonly dependsOn: readonly TaskId[];
  readonly canParallelize: boolean;
  readonly priority: number;
  readonly status: TaskStatus;
  /** The task is blocked in the record, but no question that it waits for is open: it waits for a slot again. */
  readonly answered: boolean;
  /** The task waits on the run as a whole and has no question of its own. */
  readonly waitingOnRun: boolean;
  /** Its newest attempt passed its tests, or a person accepted it, and it has not landed yet. */
  readonly ready: boolean;
  /** Corrections that a person allowed with the last answer; absent when the run's limit applies. */
  readonly correctionsAllowed?: number;
  readonly generateTimeoutMs: number;
  readonly testTimeoutMs: number;
  /** Absent before the first turn, which keeps histories of thousands of tasks small. */
  readonly progress?: TaskProgress;
  /** The number of its workflows so far: the first, one after each requeue, one after each answer. */
  readonly workflows: number;
}

/** The progress of a task's conversation, which continues over all its workflows. */
export interface TaskProgress {
  /** Answered model calls. */
  readonly turns: number;
  /** The number of its last attempt: tested submissions, and work that a person accepted untested. */
  readonly attempts: number;
  /** Corrections since a person last answered. */
  readonly corrections: number;
  /** How often it was requeued: landing found a conflict or a red merge. */
  readonly requeues: number;
  /** The kind of its next attempt. */
  readonly kind: AttemptKind;
  /** Null when the task starts from the tip. */
  readonly work: Work | null;
}

/** The commits that a task's work consists of. */
export interface Work {
  /** The run branch's tip that the work started from. */
  readonly start: CommitSha;
  /** The last tested commit, or the start. */
  readonly commit: CommitSha;
  /**
   * What the agent sees and edits: that commit with the changes made since or, after the same failure twice, the start
   * with them. It is never on the branch.
   */
  readonly draft: CommitSha;
}

/** The run's settings, for the lead. */
export interface RunSettings {
  readonly concurrency: number;
  readonly maxCorrections: number;
  readonly status: RunStatus;
  /** Whether the plan notifies somebody of each blocker (`on_blocker`). */
  readonly notifies: boolean;
  /** Whether the plan notifies somebody of the run's end (`on_end`). */
  readonly notifiesOfEnd: boolean;
  /** Whether the workers are a fleet, and not the only worker of a local stack. */
  readonly inFleet: boolean;
  readonly totals: RunTotals;
}

/** Figures over all tasks. The pages leave out completed tasks, so the lead cannot compute these itself. */
export interface RunTotals {
  /** Tasks completed when this was read. */
  readonly completed: number;
  /** Whether the model has answered any turn. */
  readonly begun: boolean;
  readonly longestTestMs: number;
  readonly fullHistory: HistoryLimits;
}

/** When a lead workflow continues as new. */
export interface HistoryLimits {
  /** From either limit on, the lead begins nothing, and continues as new once it waits for running tasks only. */
  readonly events: number;
  readonly bytes: number;
  /** Up to here it starts tasks meanwhile, if a landing takes long. */
  readonly mostEvents: number;
}

export interface GraphPage {
  readonly settings: RunSettings;
  readonly tip: CommitSha;
  readonly tasks: readonly TaskNode[];
  /** The number of this page's last task; null when there are no more pages. */
  readonly next: number | null;
}

/** The fields that most tasks of a page share. */
export type CommonFields = Omit<TaskNode, 'id' | 'title' | 'progress'>;

/** A page in the workflow history: each task holds only the fields that differ from `common`. */
export interface LeanPage extends Omit<GraphPage, 'tasks'> {
  readonly tasks: readonly LeanNode[];
  /** The first task's values; null on a page without tasks. */
  readonly common: CommonFields | null;
}
export type LeanNode = Pick<TaskNode, 'id' | 'title' | 'progress'> & Partial<CommonFields>;

export interface LoadGraphInput {
  readonly runId: RunId;
  /** Read the tasks after this number; 0 for the first page. */
  readonly after: number;
  /** Read only these tasks, in any state. Without it: all tasks that are not completed. */
  readonly only?: readonly TaskId[];
}

export interface ProjectRunInput {
  readonly runId: RunId;
  /** The limit that a person set; passed on with continue-as-new. */
  readonly concurrency?: number;
  /** A person was asked about the finished branch, and has not answered yet. */
  readonly asked?: boolean;
  /** The tasks that were running when the earlier lead continued as new. */
  readonly running?: readonly RunningTask[];
  /** In a running run of which no task has started: the longest test timeout of its tasks, so that the base is tested while the plan is read. */
  readonly baseTestTimeoutMs?: number;
}

/** A task with a running workflow, and which of its workflows that is. As a pair, because there may be a thousand. */
export type RunningTask = readonly [task: TaskId, workflows: number];

export interface ProjectRunResult {
  readonly status: RunStatus;
}

export interface TaskRunInput {
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** The run branch's tip that this workflow starts from. */
  readonly tip: CommitSha;
  /** Absent in the task's first workflow. */
  readonly progress?: TaskProgress;
  readonly maxCorrections: number;
  readonly generateTimeoutMs: number;
  readonly testTimeoutMs: number;
  readonly paused: boolean;
  /** Whether a later lead than the one that started it has adopted it; absent when not. */
  readonly adopted?: boolean;
}

/** How a task's workflow ended. The database holds its question or the reason of its failure. */
export type TaskOutcome =
  | { readonly kind: 'ready'; readonly progress: TaskProgress }
  | { readonly kind: 'blocked'; readonly progress: TaskProgress }
  /** The task waits on the run, which waits for a person (access to the model, money). */
  | { readonly kind: 'waiting_on_run'; readonly progress: TaskProgress }
  | { readonly kind: 'failed'; readonly progress: TaskProgress };

/** Input of a task's activities. */
export interface TaskActivityInput {
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** The number of the turn that the activity takes or tests. */
  readonly turn: number;
  /** The number of the attempt that the turn leads to. */
  readonly attempt: number;
}

/**
 * The result of an activity that finds the run paused in the record: it was scheduled before the pause, or is a retry
 * during it. It did nothing.
 */
export interface Paused {
  readonly next: 'paused';
}
export const PAUSED: Paused = { next: 'paused' };

export interface TryTestInput {
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** The commit that the task starts from. */
  readonly start: CommitSha;
  readonly testTimeoutMs: number;
}

/** Input of the activities that continue a task's work. */
export interface WorkInput extends TaskActivityInput {
  readonly work: Work;
  /** The kind of the attempt that the turn leads to. */
  readonly kind: AttemptKind;
  readonly counts: TurnCounts;
}

export interface TurnInput extends WorkInput {
  readonly timeoutMs: number;
  /** Corrections so far, and how many are allowed. */
  readonly corrections: number;
  readonly maxCorrections: number;
  /** Whether this turn's call has timed out once. */
  readonly timedOut: boolean;
  /** How often the provider has refused this turn's request as too long. */
  readonly tooLong: number;
  readonly testTimeoutMs: number;
  /** The verdict of the task's test at its start, when the workflow has had it tried. */
  readonly testId?: number;
}

/** Counts that limit a task's turns (src/agent/answer/turn-limits.ts), since its last tested submission. */
export interface TurnCounts {
  /** Invalid submissions in a row: malformed or refused. */
  readonly invalidSubmissions: number;
  readonly turns: number;
}
export const FRESH_COUNTS: TurnCounts = { invalidSubmissions: 0, turns: 0 };

/** What follows an answer that was carried out. `draft` is absent when they left the draft as it was. */
export type AnswerResult =
  /** Take the next turn. */
  | { readonly next: 'continue'; readonly draft?: CommitSha; readonly counts: TurnCounts }
  /** Test the commit that was made of the submission, unless it was tested at once: then with what follows the test. */
  | {
      readonly next: 'test';
      readonly draft?: CommitSha;
      readonly commit: CommitSha;
      readonly tested?: TestResult;
    }
  /** End because a person was asked. */
  | { readonly next: 'blocked'; readonly draft?: CommitSha };

export type TurnResult =
  | (TurnEnd & {
      /** The verdict of the task's test at its start, when the turn has tried it itself. */
      readonly testId?: number;
    })
  | Paused;

type TurnEnd =
  | AnswerResult
  /** Carry out the answer's calls where commands run; `timeoutMs` is the limit of its commands together. */
  | { readonly next: 'run'; readonly timeoutMs: number }
  /** Try the task's test where commands run: it has no verdict on the start yet, and the first message tells it. */
  | { readonly next: 'try' }
  /** Make the call again (`again`; `too_long` with a shorter conversation), or end. */
  | { readonly next: 'again' | 'too_long' | 'waiting_on_run' | 'failed' };

/** A correction follows a red verdict, a rebase a conflict or a red merge. A person hands in a commit of their own. */
export type AttemptKind = 'first' | 'correction' | 'rebase' | 'handed_in';

export interface TestInput extends TaskActivityInput {
  readonly commit: CommitSha;
  readonly timeoutMs: number;
  readonly kind: AttemptKind;
  /** Corrections so far, and how many are allowed. */
  readonly corrections: number;
  readonly maxCorrections: number;
}
/** `start_again`: the last two verdicts show the same failure, so the correction starts from the task's start. */
export type TestResult = { readonly next: 'land' | 'correct' | 'start_again' | 'blocked' };

/** The newest attempt of a finished task, ready to land. */
export interface Candidate {
  readonly taskId: TaskId;
  readonly attempt: number;
}

export interface LandInput {
  readonly runId: RunId;
  readonly candidates: readonly Candidate[];
  /** All tasks of the run are completed once these have landed. */
  readonly completesRun?: true;
}
export interface LandResult {
  readonly tip: CommitSha;
  readonly landed: readonly TaskId[];
  /** Returned to their agents because of a conflict or a red merged tree. */
  readonly requeued: readonly RequeuedTask[];
  /** Merged trees that need a verdict before they can land, in the order of the batch. */
  readonly untested: readonly MergeToTest[];
  /** The branch cannot be moved, and a person was asked. */
  readonly asked: boolean;
  /** All tasks of the run are completed, the branch is published, and it has passed `verify` before or has none to pass. */
  readonly verified: boolean;
}
export interface RequeuedTask {
  readonly taskId: TaskId;
  /** The tip that the task goes on from. */
  readonly start: CommitSha;
  /** What of its work can be kept, on that tip. */
  readonly draft: CommitSha;
}
export interface MergeToTest extends Candidate {
  readonly commit: CommitSha;
}

export interface RunActivityInput {
  readonly runId: RunId;
}

/** Temporal updates for what people do to a run. Their validators may refuse them. */
export const UPDATES = { pause: 'pause', resume: 'resume', setConcurrency: 'setConcurrency' } as const;
/** Sent after an answer or a retry was recorded: the lead reads the record again. */
export const REFRESH_SIGNAL = 'refresh';
/** Sent by the lead to its tasks, to pause or resume them. */
export const PAUSE_SIGNAL = 'pauseTask';
/** Sent by a lead to the tasks that an earlier lead left running. */
export const ADOPT_SIGNAL = 'adoptTask';
/** Sent by an adopted task to the lead when it ends. */
export const TASK_ENDED_SIGNAL = 'taskEnded';

/** How an adopted task's workflow ended; null when it was cancelled. */
export interface EndedTask {
  readonly workflowId: string;
  readonly outcome: TaskOutcome | null;
}

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

/** Task queues, one for each kind of work, so that each has its own limits. */
export const TASK_QUEUES = {
  workflow: 'leadwright',
  model: 'leadwright-model',
  sandbox: 'leadwright-sandbox',
} as const;
/** A kind of work, by its name in `worker --queues`. */
export type Queue = keyof typeof TASK_QUEUES;
/** All of them. */
export const QUEUES = ['workflow', 'model', 'sandbox'] as const satisfies readonly Queue[];
