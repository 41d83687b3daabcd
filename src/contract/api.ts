/**
 * What the notifier's API gives and takes beyond the contract: the dashboard is built on these. Types only, so that
 * a page can import them. Money is in USD, a moment is ISO 8601 in UTC, every list is in the order named.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { BlockerView, Role, RunStatus, RunUrls, TaskStatus } from './contract.js';
import type { BlockerId, CommitSha, TaskId } from './ids.js';

/** `GET /api/runs/R/graph`: the plan as it goes. */
export interface RunGraph {
  /** The project's name. */
  readonly name: string;
  readonly status: RunStatus;
  readonly repo: string;
  readonly branch: string;
  readonly urls: RunUrls;
  /** The seq of the newest event that this answer knows of (one snapshot of both): whoever follows goes on after it. */
  readonly lastSeq: number;
  readonly startedAt: string;
  /** Null while it goes on. */
  readonly finishedAt: string | null;
  /** Tasks at once. */
  readonly concurrency: number;
  /** Null where there is no limit. */
  readonly budgetUsd: number | null;
  readonly spentUsd: number;
  /** Set aside for calls whose cost is not known: under way, or lost and possibly billed. */
  readonly reservedUsd: number;
  /** Every task, in the plan's order. */
  readonly tasks: readonly GraphTask[];
}

/** One task in the graph. */
export interface GraphTask {
  readonly id: TaskId;
  readonly title: string;
  readonly role: Role;
  readonly status: TaskStatus;
  /** What its agent is at: ready, generate, apply, test, land, done. */
  readonly step: string;
  /** 0 is the highest. */
  readonly priority: number;
  /** The group it belongs to. */
  readonly issue: string | null;
  readonly dependsOn: readonly TaskId[];
  readonly attempts: number;
  readonly corrections: number;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  /** Its answered calls. */
  readonly costUsd: number;
  readonly error: string | null;
}

/**
 * What a span of time went into: a call of the model, a test, waiting for a slot, for money or for another task, a
 * person's answer, or landing.
 */
export type SpanKind = 'model' | 'test' | 'wait' | 'person' | 'merge';

/** `GET /api/runs/R/timeline`: who worked when, and where the waiting was. In order of their starts. */
export interface RunTimeline {
  readonly spans: readonly Span[];
}

export interface Span {
  /** Null when it is the run's own: a question about the run as a whole. */
  readonly taskId: TaskId | null;
  readonly kind: SpanKind;
  /** Null where it belongs to none. */
  readonly attempt: number | null;
  readonly startedAt: string;
  /** Null while it goes on. */
  readonly endedAt: string | null;
  /** What it was, for a person. */
  readonly label: string;
}

/** `GET /api/runs/R/usage`: what the run used, by the minute. */
export interface RunUsage {
  /** The minutes in which anything was answered, in order. */
  readonly minutes: readonly UsageMinute[];
  readonly budgetUsd: number | null;
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly possiblyBilledUsd: number;
}

export interface UsageMinute {
  /** Its beginning. */
  readonly at: string;
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly calls: number;
}

/** `GET /api/runs/R/tasks/T`: one task with all that was said and done. */
export interface TaskPage {
  readonly task: GraphTask;
  /** Markdown, as the plan has it. */
  readonly description: string;
  /** Its conversation, in order. */
  readonly turns: readonly TurnView[];
  readonly attempts: readonly AttemptView[];
  readonly corrections: readonly CorrectionView[];
  /** Open and answered, the oldest first. */
  readonly blockers: readonly TaskBlocker[];
  /** A page of the Temporal UI for each workflow it has had, the first one first; empty when nobody knows the UI. */
  readonly workflowUrls: readonly string[];
}

/** A turn as the record has it. */
export interface StoredTurnView {
  readonly number: number;
  readonly attempt: number;
  readonly model: string;
  /** What was sent: the user message that this turn added. */
  readonly prompt: Anthropic.MessageParam['content'];
  /** What came back. */
  readonly answer: readonly Anthropic.ContentBlock[];
  readonly stopReason: string;
  /** Read from the provider's cache or not. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly ms: number;
  readonly answeredAt: string;
}

export interface TurnView extends StoredTurnView {
  /** The tool calls of the answer, in order. */
  readonly toolCalls: readonly ToolCallView[];
}

/** What a tool does: reads a commit, changes the draft, runs a command, submits the work or asks a person. */
export type ToolEffect = 'read' | 'change' | 'run' | 'submit' | 'ask';

/** One tool call of an answer, as a page shows it. */
export interface ToolCallView {
  /** The id of its block in the answer. */
  readonly id: string;
  readonly name: string;
  /** Null when there is no such tool. */
  readonly effect: ToolEffect | null;
  /** What it is about, in one line to be shown after its name; may be empty. */
  readonly label: string;
}

export interface AttemptView {
  readonly number: number;
  /** The turn whose answer it is. */
  readonly turn: number;
  readonly kind: 'first' | 'correction' | 'rebase';
  /** The commit that the changes were applied to. */
  readonly base: CommitSha;
  readonly commit: CommitSha;
  readonly files: readonly string[];
  readonly explanation: string;
  readonly createdAt: string;
  /** Null until it was tested. */
  readonly test: VerdictView | null;
  /** Null until landing it was tried. */
  readonly landing: 'landed' | 'conflict' | 'red' | null;
  /** A person took it as it is. */
  readonly accepted: boolean;
}

export interface VerdictView {
  readonly command: string;
  readonly passed: boolean;
  /** Null when the command was killed. */
  readonly exitCode: number | null;
  readonly ms: number;
  /** One line. */
  readonly summary: string;
  /** What matters of what the command printed. */
  readonly output: string;
}

export interface CorrectionView {
  readonly number: number;
  /** The attempt whose verdict was red. */
  readonly attempt: number;
  readonly reason: string;
}

/** A question about the task, and its answer once there is one. */
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
 * `GET /api/runs/R/tasks/T/diff?attempt=N`: what that attempt changed; without `attempt` what landed, or else the
 * newest attempt's.
 */
export interface TaskDiff {
  /** A patch as git writes it; empty when nothing was changed. */
  readonly diff: string;
  /** It was longer than a page can show, and ends early. */
  readonly truncated: boolean;
}

/** `GET /api/blockers?run=R`: open questions, the oldest first; of all runs without `run`. */
export type OpenBlockers = readonly BlockerView[];

/**
 * `POST /api/blockers/B/answer`: at most one of `retry`, `accept` and `skip`; none of them lets the agent go on with
 * `text`.
 */
export interface AnswerBody {
  readonly text?: string | undefined;
  /** So many more corrections. */
  readonly retry?: number | undefined;
  readonly accept?: boolean | undefined;
  readonly skip?: boolean | undefined;
  /** So much more money for the run. */
  readonly addUsd?: number | undefined;
}

/** `POST /api/runs/R/concurrency`: tasks at once, from 1 to 1000. */
export interface ConcurrencyBody {
  readonly limit: number;
}

/** What every `POST` gives when it was done: nothing more to say, the events tell the rest. */
export type Done = Readonly<Record<string, never>>;

/** What any of them gives instead when it could not be done (`application/problem+json`, RFC 9457). */
export interface ProblemDetails {
  readonly title: string;
  readonly status: number;
  /** For a person: what happened, to what, what to do. */
  readonly detail: string;
}

/** Over the WebSocket, with `&deltas=T`: what the model is saying to task T now. */
export type { ModelDelta } from './contract.js';
