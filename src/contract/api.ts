/**
 * Requests and responses of the server's API beyond the contract, as the dashboard uses them. Types only, so that the
 * browser can import them. Money is in USD, and times are ISO 8601 in UTC.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { Waiting } from './waiting.js';
import type { Role, RunStatus, TaskStatus } from './run-status.js';
import type { BlockerView, RunUrls, RunView, TaskView } from './run-view.js';
import type { BlockerId, CommitSha, TaskId } from './ids.js';

/** `GET /api/runs/R/graph`: the plan and the progress of its tasks. */
export interface RunGraph {
  /** The project's name. */
  readonly name: string;
  readonly status: RunStatus;
  readonly repo: string;
  readonly branch: string;
  readonly urls: RunUrls;
  /** The `seq` of the newest event in this snapshot. A client that follows the run reads events after it. */
  readonly lastSeq: number;
  readonly startedAt: string;
  /** Null until the run has ended. */
  readonly finishedAt: string | null;
  /** How many tasks may run at once. */
  readonly concurrency: number;
  /** Null without a budget. */
  readonly budgetUsd: number | null;
  readonly spentUsd: number;
  /** The models whose answers `spentUsd` lacks, because no price of theirs is known. */
  readonly unpricedModels: readonly string[];
  /** Reserved for calls of unknown cost: under way, or possibly billed. */
  readonly reservedUsd: number;
  /** The outcome of the plan's `verify` on the branch; null until it has run. */
  readonly verify: RunView['verify'];
  /** The verdict of `verify` when it failed; null otherwise. */
  readonly failedVerify: VerdictView | null;
  /** The part of `reservedUsd` for calls that were sent and never fully answered. */
  readonly possiblyBilledUsd: number;
  /** What all tasks wait for while the model is out of reach for the run; null while it answers. */
  readonly waiting: Waiting | null;
  /** What a person should know about the tests, one sentence each. */
  readonly warnings: readonly string[];
  /** Landed files that may run on a person's machine when that person uses the branch. */
  readonly runsOnYourMachine: readonly string[];
  /** Every task, in the plan's order. */
  readonly tasks: readonly GraphTask[];
}

/** One task in the graph. */
export interface GraphTask {
  readonly id: TaskId;
  readonly title: string;
  readonly role: Role;
  readonly status: TaskStatus;
  /** The stage of its work: ready, generate, apply, test, land, done. */
  readonly step: string;
  /** 0 is the highest. */
  readonly priority: number;
  /** The group it belongs to. */
  readonly issue: string | null;
  readonly dependsOn: readonly TaskId[];
  readonly attempts: number;
  readonly corrections: number;
  /** When it was started, or started again after a retry; null until then. */
  readonly startedAt: string | null;
  /** When it ended, completed or not; null until then. */
  readonly completedAt: string | null;
  /** The cost of its answered calls. */
  readonly costUsd: number;
  readonly error: string | null;
  /** How its newest work was judged. A completed task that did not pass was accepted by a person. */
  readonly verdict: TaskView['verdict'];
  /** Its wait for the model, when a call is to be made again. */
  readonly waiting: Waiting | null;
}

/**
 * What a span of time was spent on: a model call, a command of the agent or a tool of an MCP server, a test, waiting (for
 * a slot, money or another task), waiting for a person's answer, or landing.
 */
export type SpanKind = 'model' | 'command' | 'test' | 'wait' | 'person' | 'merge';

/** `GET /api/runs/R/timeline`: when each task worked or waited. */
export interface RunTimeline {
  /** In the order of their starts. */
  readonly spans: readonly Span[];
}

export interface Span {
  /** Null for a question about the run as a whole. */
  readonly taskId: TaskId | null;
  readonly kind: SpanKind;
  /** Null when the span belongs to no attempt. */
  readonly attempt: number | null;
  readonly startedAt: string;
  /** Null until it has ended. What a pause holds up ends there, and goes on as another span when the run does. */
  readonly endedAt: string | null;
  /** A description for people. */
  readonly label: string;
}

/** `GET /api/runs/R/timeline/by-task`: the same in a fraction of the bytes, which runs of thousands of tasks need. */
export interface TimelineByTask {
  /** What the times below count from, in milliseconds since 1970. */
  readonly from: number;
  /** In the order of their first spans. */
  readonly tasks: readonly {
    /** Null for questions about the run as a whole. */
    readonly taskId: TaskId | null;
    readonly spans: readonly ShortSpan[];
  }[];
}

/** The fields of a `Span` with its times in milliseconds; the end is null until it has ended. */
export type ShortSpan = readonly [kind: SpanKind, startedAt: number, endedAt: number | null, label: string];

/** `GET /api/runs/R/usage`: the run's usage per minute. */
export interface RunUsage {
  /** The minutes in which a model call was answered, in order. */
  readonly minutes: readonly UsageMinute[];
  readonly budgetUsd: number | null;
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly possiblyBilledUsd: number;
}

export interface UsageMinute {
  /** When the minute begins. */
  readonly at: string;
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly calls: number;
}

/** `GET /api/runs/R/tasks/T`: one task with its turns, attempts, corrections and blockers. */
export interface TaskPage {
  readonly task: GraphTask;
  /** Markdown from the plan. */
  readonly description: string;
  /** Its turns, in order. */
  readonly turns: readonly TurnView[];
  /** The conversations that the turns belong to, in order. */
  readonly conversations: readonly ConversationView[];
  /** Reserved for its calls that were sent and never fully answered: the most that they can have cost. */
  readonly possiblyBilledUsd: number;
  /** The share of its input tokens that was read from the provider's cache, 0 to 1; null before the first answer. */
  readonly cacheShare: number | null;
  readonly attempts: readonly AttemptView[];
  readonly corrections: readonly CorrectionView[];
  /** Open and answered ones, the oldest first. */
  readonly blockers: readonly TaskBlocker[];
  /** Temporal UI pages of its workflows, the first one first; empty when the UI's address is unknown. */
  readonly workflowUrls: readonly string[];
}

/** A turn as it is recorded. */
export interface StoredTurnView {
  readonly number: number;
  readonly attempt: number;
  readonly model: string;
  /** The user message that this turn added. */
  readonly prompt: Anthropic.MessageParam['content'];
  /** The model's answer. */
  readonly answer: readonly Anthropic.ContentBlock[];
  readonly stopReason: string;
  /** Includes tokens read from the provider's cache. */
  readonly inputTokens: number;
  /** The input tokens that were read from the provider's cache. */
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly ms: number;
  readonly answeredAt: string;
  /** The number of its conversation, from 1. */
  readonly conversation: number;
  /** Whether it is the summary that ends its conversation; then its prompt holds the conversation as text. */
  readonly isSummary: boolean;
  /** The draft before and after the answer's calls; null when they did not change it. */
  readonly draft: DraftRange | null;
  /** What the answer's changes, commands and calls of MCP servers did, in their order. */
  readonly results: readonly CallResultView[];
}

export interface TurnView extends Omit<StoredTurnView, 'results'> {
  /** The tool calls of the answer, in order. */
  readonly toolCalls: readonly ToolCallView[];
}

/** Two commits of a task's draft. */
export interface DraftRange {
  readonly from: CommitSha;
  readonly to: CommitSha;
}

/** The recorded result of a call that changes the draft, runs a command or goes to an MCP server. */
export interface CallResultView {
  /** The call's place among the calls of its answer, from 0. */
  readonly position: number;
  /** What the model was told. The output of a command is shortened. */
  readonly text: string;
  readonly isError: boolean;
  /** Whether the call changed the draft. */
  readonly changedDraft: boolean;
  /** Null for other calls, and for a command that was not run. */
  readonly command: CommandView | null;
  /** Null for other calls, and for one that was not sent to its server. */
  readonly mcp: McpCallView | null;
}

/** A call that was sent to an MCP server. `text` begins with how it ended. */
export interface McpCallView {
  readonly server: string;
  /** The tool by its name at the server. */
  readonly tool: string;
  readonly ms: number;
}

export interface CommandView {
  readonly command: string;
  /** Null when the command was killed or could not be started; `text` begins with the reason. */
  readonly exitCode: number | null;
  readonly ms: number;
  /** Files that it wrote and that became part of the draft. */
  readonly kept: readonly string[];
}

/** One conversation of a task. Another one follows it when it is summarised or refused, or when another model goes on. */
export interface ConversationView {
  readonly number: number;
  readonly firstTurn: number;
  readonly model: string;
  /** Why the conversation before it ended; null for the first. */
  readonly begun: ConversationStart | null;
}

export interface ConversationStart {
  /**
   * The conversation before it was nearly as long as the model's window (`full`), was too long for the provider
   * (`too_long`) or led twice to the same failure (`same_failure`), or the plan gives the attempt to another model
   * (`other_model`), or its last answer (`refused`) or a whole request (`request_refused`) was refused.
   */
  readonly reason: 'full' | 'too_long' | 'same_failure' | 'other_model' | 'refused' | 'request_refused';
  /** Tokens of the conversation before, and of its summary; null without a summary. */
  readonly summarized: { readonly fromTokens: number; readonly toTokens: number } | null;
}

/**
 * What a tool does: reads a commit, changes the draft, runs a command, is a tool of an MCP server, submits the work or
 * asks a person.
 */
export type ToolEffect = 'read' | 'change' | 'run' | 'mcp' | 'submit' | 'ask';

/** One tool call of an answer, as the dashboard shows it. */
export interface ToolCallView {
  /** The id of its block in the answer. */
  readonly id: string;
  readonly name: string;
  /** Null for an unknown tool. */
  readonly effect: ToolEffect | null;
  /** One line that is shown after the tool's name, such as a path; may be empty. */
  readonly label: string;
  /** Null for calls whose result is not recorded, and as long as there is none. */
  readonly result: CallResultView | null;
  /** The id of the output of a command or of a server's tool; null for other calls. */
  readonly outputId: string | null;
}

export interface AttemptView {
  readonly number: number;
  /** The turn that submitted it. */
  readonly turn: number;
  readonly kind: 'first' | 'correction' | 'rebase' | 'handed_in';
  /** The commit that the changes were applied to. */
  readonly base: CommitSha;
  readonly commit: CommitSha;
  readonly files: readonly string[];
  readonly explanation: string;
  readonly createdAt: string;
  /** Null until the test has finished. */
  readonly test: VerdictView | null;
  /** Null until landing was tried. */
  readonly landing: 'landed' | 'conflict' | 'red' | null;
  /** The test that failed on its merge with what landed meanwhile; null when none did. */
  readonly mergeTest: VerdictView | null;
  /** Whether a person accepted it as it is. */
  readonly accepted: boolean;
  /** Whether it failed like the one before: the task went on from its start, in a new conversation. */
  readonly startsAgain: boolean;
}

export interface VerdictView {
  readonly command: string;
  readonly passed: boolean;
  /** Null when the command was killed. */
  readonly exitCode: number | null;
  readonly ms: number;
  /** One line. */
  readonly summary: string;
  /** The relevant part of the command's output. */
  readonly output: string;
}

export interface CorrectionView {
  readonly number: number;
  /** The attempt whose verdict was red. */
  readonly attempt: number;
  readonly reason: string;
}

/** A question about a task. The answer's fields are null while the question is open. */
export interface TaskBlocker {
  readonly id: BlockerId;
  readonly reason: string;
  readonly question: string;
  readonly at: string;
  readonly resolvedAt: string | null;
  readonly resolvedBy: string | null;
  readonly answer: string | null;
}

/**
 * `GET /api/runs/R/tasks/T/diff?attempt=N`: the changes of that attempt; with `from=start` too: all changes since
 * the task's start, up to that attempt; with `turn=N`: what the calls of that turn changed in the draft. Without both: the changes that landed, or those of the newest attempt if none has landed.
 */
export interface TaskDiff {
  /** A git patch; empty when nothing was changed. */
  readonly diff: string;
  /** Whether the patch was cut because it is too long for a page. */
  readonly truncated: boolean;
}

/** `GET /api/runs/R/tasks/T/outputs/O`: the whole output of a command or a test, as it is recorded. */
export interface RecordedOutput {
  readonly output: string;
}

/** `GET /api/blockers/B`: what a person needs to know to answer an open blocker. */
export interface BlockerCase {
  /** The name of the run's project. */
  readonly runName: string;
  /** Null when the run has no budget. */
  readonly budgetUsd: number | null;
  /** The verdict that a question about `verify` is about; null for every other question. */
  readonly failedVerify: VerdictView | null;
  /** Null when the blocker is about the run as a whole. */
  readonly task: BlockedTask | null;
}

export interface BlockedTask {
  readonly title: string;
  readonly attempts: number;
  readonly corrections: number;
  /** Its own test command. */
  readonly testCommand: string;
  /** The newest attempt; null when nothing was submitted. */
  readonly newest: AttemptView | null;
  /** Whether there is work that `accept` would take: an attempt, or a draft that differs from its start. */
  readonly hasWork: boolean;
  /** The tasks that are skipped when it is skipped: those that depend on it, and have not ended. */
  readonly dependants: readonly { readonly id: TaskId; readonly title: string }[];
}

/** `GET /api/workers`: the workers that serve their queues now. */
export type Workers = readonly WorkerView[];

export interface WorkerView {
  readonly host: string;
  readonly pid: number;
  readonly queues: readonly string[];
  /** How it runs commands, in a line. */
  readonly sandbox: string;
  /** Why it runs them without a sandbox; null in a sandbox. */
  readonly sandboxWarning: string | null;
}

/** `GET /api/blockers?run=R`: open blockers of the run, or of all runs without `run`; the oldest first. */
export type OpenBlockers = readonly BlockerView[];

/**
 * `POST /api/blockers/B/answer`: at most one of `retry`, `accept` and `skip`. Without any of them, the agent continues
 * with `text`.
 */
export interface AnswerBody {
  readonly text?: string | undefined;
  /** How many more corrections to allow. */
  readonly retry?: number | undefined;
  readonly accept?: boolean | undefined;
  readonly skip?: boolean | undefined;
  /** How much to add to the run's budget. */
  readonly addUsd?: number | undefined;
}

/** `POST /api/runs/R/concurrency` */
export interface ConcurrencyBody {
  /** How many tasks may run at once: 1 to 1000. */
  readonly limit: number;
}

/** Response to every successful `POST`: empty, because the events report the changes. */
export type Done = Readonly<Record<string, never>>;

/** Response to a failed request (`application/problem+json`, RFC 9457). */
export interface ProblemDetails {
  readonly title: string;
  readonly status: number;
  /** For people: what happened, to what, and what to do next. */
  readonly detail: string;
}

/** Sent over the WebSocket with `&deltas=T`: the answer that task T is receiving now. */
export type { ModelDelta } from './events.js';
