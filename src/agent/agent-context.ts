/** What a turn needs from its process and from the record. */
import type { AnswerStreams } from './answer/answer-stream.js';
import type { KeptAnswers } from './answer/kept-answers.js';
import type { OwnCalls } from './call/own-calls.js';
import type { CodeIndex } from '../codebase/code-index.js';
import type { RepoMaps } from '../codebase/repo-maps.js';
import type { CommitSha, WorkerId } from '../contract/ids.js';
import type { TurnInput, WorkInput } from '../contract/payloads.js';
import type { Database } from '../db/database.js';
import type { Fence } from '../db/fencing.js';
import type { RunPlan, TaskRecord } from '../db/task-record.js';
import type { TurnRecord } from '../db/turns.js';
import type { VerdictRecord } from '../db/verdicts.js';
import type { GitStore } from '../git/store/git-store.js';
import type { ModelEndpoint } from '../model/endpoint.js';
import type { Redactor } from '../redaction/redactor.js';

/** A worker's lease on its name. */
export interface WorkerLease {
  readonly id: WorkerId;
  /** True while no other worker can have taken over. Work that must not be done twice starts only then. */
  holds(): boolean;
}

/** One redactor for each run: it knows the secrets of the run's repository and of its MCP servers. */
export interface RunRedactors {
  ofRun(run: { readonly base: CommitSha; readonly plan: Pick<RunPlan, 'mcp' | 'env'> }): Promise<Redactor>;
}

/** What the turns of one worker process share. */
export interface AgentContext {
  readonly db: Database;
  readonly store: GitStore;
  readonly redactors: RunRedactors;
  readonly codeIndex: CodeIndex;
  /** Makes the repo maps of first messages. */
  readonly repoMaps: Pick<RepoMaps, 'make'>;
  /** The name that this process works under. It changes when the process was declared dead. */
  readonly worker: WorkerLease;
  /** The model calls of this process. */
  readonly calls: OwnCalls;
  /** Answers that the record could not take yet. */
  readonly keptAnswers: KeptAnswers;
  /** Passes answers on while they arrive, for people who watch the task. */
  readonly answerStreams: AnswerStreams;
  /** The server that answers calls of this model. */
  endpointFor(model: string): Promise<ModelEndpoint>;
}

/** A turn whose answer is in the record. */
export interface AnsweredTurn {
  /** The fencing token of the activity attempt. */
  readonly fence: Fence;
  readonly input: WorkInput;
  readonly task: TaskRecord;
}

/** One turn of one task, with what the record says before the call. */
export interface Turn extends AnsweredTurn {
  readonly input: TurnInput;
  /** The conversation so far. */
  readonly earlier: readonly TurnRecord[];
  /** Whether the provider refused an earlier request of this turn, and a person has answered. */
  readonly wasRefused: boolean;
  /** Finds the verdict that the task's test has on its start; null when it has none. Looks it up once. */
  readonly findTried: () => Promise<VerdictRecord | null>;
}
