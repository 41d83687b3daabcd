import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { activitiesOf } from '../../src/activities/index.js';
import { PAUSED, type Paused } from '../../src/contract/payloads.js';
import { CancelNotices } from '../../src/activities/support/cancel-notices.js';
import { NOBODY_WATCHES } from '../../src/agent/answer/answer-stream.js';
import { KeptAnswers } from '../../src/agent/answer/kept-answers.js';
import { Redactors } from '../../src/activities/support/redactors.js';
import { OwnCalls } from '../../src/agent/call/own-calls.js';
import type { WorkerLease, ActivityContext } from '../../src/activities/support/activity-context.js';
import { ChangeLogs } from '../../src/codebase/change-logs.js';
import { CodeIndex } from '../../src/codebase/code-index.js';
import { RepoMaps } from '../../src/codebase/repo-maps.js';
import { homePaths } from '../../src/shared/config.js';
import {
  eventSchema,
  type EventOf,
  type EventType,
  type LeadwrightEvent,
} from '../../src/contract/events.js';
import type { Database } from '../../src/db/database.js';
import { openDatabase } from '../../src/db/open-database.js';
import { readEvents } from '../../src/db/event-log.js';
import { migrate } from '../../src/db/migrate.js';
import { recordNewRun, type NewRun } from '../../src/db/new-run.js';
import { readRunView } from '../../src/db/run-view.js';
import { runBranch } from '../../src/contract/names.js';
import { publishBranch } from '../../src/git/user/publish.js';
import { KeptBorrowedFolders } from '../../src/git/user/kept-borrowed-folders.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { inspectRepository, type UserRepository } from '../../src/git/user/user-repository.js';
import { runId, taskId, type CommitSha } from '../../src/contract/ids.js';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { planHash } from '../../src/plan/plan-hash.js';
import { parsePlan } from '../../src/plan/parse-plan.js';
import type { PlanInput } from '../../src/plan/plan-schema.js';
import { relieveDeadWorkers } from '../../src/worker/dead-worker-watch.js';
import { createProcessGroupRunner } from '../../src/sandbox/runners/process-group-runner.js';
import type { TestPostgres } from './postgres.js';
import { makeRepository, type TestFiles, type TestRepository } from './repository.js';
import { livingWorker } from './living-worker.js';

/** Answers the model's requests in a test. */
export type Answering = (request: RecordedRequest) => Answer | Promise<Answer>;

/** A plan without the keys that are the same in every test. */
export type TestPlan = Omit<PlanInput, 'name' | 'tasks'> & { readonly tasks: PlanInput['tasks'] };

/** A real activity context (database, git store, processes) in a folder, for the tests of one `describe`. */
export class TestBench {
  answer: Answering = () => assert.fail('the model was not to be called');
  private runs = 0;
  private readonly repositories = new Map<string, Promise<Imported>>();

  private constructor(
    readonly folder: string,
    /** The database's URL. */
    readonly url: string,
    readonly context: ActivityContext,
    readonly model: ScriptedModel,
  ) {}

  static async open(postgres: TestPostgres): Promise<TestBench> {
    const url = await postgres.createDatabase();
    await migrate(url);
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-activity-'));
    const paths = homePaths(folder);
    mkdirSync(paths.trees);
    mkdirSync(paths.setupLayers, { recursive: true });
    const opened: TestBench[] = [];
    const model = await startScriptedModel({
      answer: (request) => opened[0]?.answer(request) ?? assert.fail('the bench is open by then'),
    });
    const db = openDatabase(url);
    const store = await GitStore.open(paths.store);
    const env = { PATH: process.env['PATH'] };
    const context: ActivityContext = {
      db,
      store,
      paths,
      env,
      redactors: new Redactors(store, env),
      codeIndex: new CodeIndex(paths.codeIndex),
      repoMaps: new RepoMaps(new ChangeLogs(paths.changeLogs)),
      runner: createProcessGroupRunner('a test'),
      borrowed: new KeptBorrowedFolders(paths.store),
      cancels: new CancelNotices(),
      // A turn leaves its submission to be tested: each step is called by itself.
      places: { use: (_run, _signal, work) => work(), useInTime: () => Promise.resolve(null) },
      untilTasksGoOn: () => Promise.resolve(),
      runsWithoutStore: new Set(),
      worker: await lastingLease(db),
      calls: new OwnCalls(),
      keptAnswers: new KeptAnswers(paths.keptAnswers, (message) => assert.fail(message)),
      answerStreams: NOBODY_WATCHES,
      endpointFor: () => Promise.resolve({ baseUrl: model.url, apiKey: 'a-key' }),
    };
    const bench = new TestBench(folder, url, context, model);
    opened.push(bench);
    return bench;
  }

  async close(): Promise<void> {
    await this.model.close();
    await this.context.codeIndex.close();
    this.context.store.close();
    await this.context.db.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get db(): Database {
    return this.context.db;
  }

  /** The same context with another worker. */
  async anotherWorker(): Promise<ActivityContext> {
    return { ...this.context, worker: await lastingLease(this.db), calls: new OwnCalls() };
  }

  /** Ends a worker's lease without its knowledge, as when the worker stalls. */
  async expire({ worker }: ActivityContext): Promise<void> {
    await this.db.pool.query(`UPDATE workers SET lease_until = now() - interval '1 s' WHERE id = $1`, [
      worker.id,
    ]);
  }

  /** Declares a worker dead whose lease has expired, as the watch of another worker does. */
  async declareDead({ worker }: ActivityContext): Promise<void> {
    await this.expire({ ...this.context, worker });
    await relieveDeadWorkers(this.db.pool, { id: this.context.worker.id, isSteady: () => true });
  }

  /** Records a run and creates its branch, as `leadwright run` does before it starts the lead. */
  async start(plan: TestPlan, files: TestFiles, changes: Partial<NewRun> = {}): Promise<TestRun> {
    const id = changes.id ?? runId(`run-${++this.runs}`);
    const parsed = parsePlan(JSON.stringify({ name: 'shop', ...plan }));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { repository, seen } = await this.imported(files);
    await recordNewRun(this.db, {
      id,
      repository: seen.root,
      gitFolder: seen.gitDir,
      base: seen.head,
      plan: parsed.plan,
      planHash: planHash(parsed.plan),
      model: 'claude-sonnet-5-5',
      modelEndpoint: this.model.url,
      concurrency: 10,
      maxCorrections: 3,
      allowRedBase: false,
      ...changes,
    });
    await publishBranch(seen, this.context.store, runBranch(id), seen.head, { base: seen.head });
    return new TestRun(this, repository, id, seen.head);
  }

  /** Creating a repository takes a dozen processes, so runs on the same files share one, each with its own branch. */
  private imported(files: TestFiles): Promise<Imported> {
    const key = JSON.stringify(files);
    const known = this.repositories.get(key) ?? this.importNew(files, this.repositories.size);
    this.repositories.set(key, known);
    return known;
  }

  private async importNew(files: TestFiles, number: number): Promise<Imported> {
    const repository = makeRepository(join(this.folder, `repository-${number}`), files);
    const seen = await inspectRepository(repository.root);
    await this.context.store.importBase(seen, seen.head);
    return { repository, seen };
  }
}

async function lastingLease(db: Database): Promise<WorkerLease> {
  const id = await livingWorker(db);
  return { id, holds: () => true };
}

interface Imported {
  readonly repository: TestRepository;
  readonly seen: UserRepository;
}

/** One run on the bench: calls its activities as a worker does, and reads its record. */
export class TestRun {
  constructor(
    readonly bench: TestBench,
    readonly repository: TestRepository,
    readonly id: ReturnType<typeof runId>,
    readonly base: CommitSha,
    private readonly context: ActivityContext = bench.context,
  ) {}

  /** The same run, with activities in another worker's context. */
  on(context: ActivityContext): TestRun {
    return new TestRun(this.bench, this.repository, this.id, this.base, context);
  }

  get record() {
    return inActivity(activitiesOf('workflow', this.context));
  }

  get sandbox() {
    return inActivity(activitiesOf('sandbox', this.context));
  }

  get model() {
    return inActivity(activitiesOf('model', this.context));
  }

  async view() {
    const view = await readRunView(this.bench.db, this.id, { dashboard: '', temporal: '' });
    assert.ok(view);
    return view;
  }

  async task(id: string) {
    const found = (await this.view()).tasks.find((task) => task.id === id);
    assert.ok(found);
    return found;
  }

  /** All events of the run. */
  async log(): Promise<LeadwrightEvent[]> {
    const stored = await readEvents(this.bench.db.pool, this.id, 0, 1_000);
    return stored.map((event) => eventSchema.parse(event));
  }

  /** The events of one type. */
  async events<T extends EventType>(type: T): Promise<EventOf<T>[]> {
    return (await this.log()).filter((event): event is EventOf<T> => event.type === type);
  }

  /** The events of one task, as their types and the field that distinguishes events of a type. */
  async story(task: string): Promise<string[]> {
    return (await this.log()).filter((event) => event.taskId === taskId(task)).map(line);
  }

  /** The text of a file in a commit; null when the commit does not have it. */
  async text(commit: CommitSha, path: string): Promise<string | null> {
    return (await this.bench.context.store.readFile(commit, path))?.toString() ?? null;
  }

  /** The paths that differ between two commits. */
  changed(from: CommitSha, to: CommitSha): Promise<string[]> {
    return this.bench.context.store.changedPaths(from, to);
  }

  /** The commit of the run branch in the user's repository. */
  branch(): string {
    return this.repository.git('rev-parse', `refs/heads/${runBranch(this.id)}`);
  }
}

function line({ type, data }: LeadwrightEvent): string {
  if ('status' in data) return `${type} ${data.status}`;
  if ('outcome' in data) return `${type} ${data.outcome}`;
  return 'reason' in data ? `${type} ${data.reason}` : type;
}

/** Temporal's clock: each activity is scheduled after the previous one. */
let scheduled = 1_000;

/**
 * The environment of one activity, by default scheduled after all earlier ones. Logs only errors, because tests provoke
 * failures that would be warnings.
 */
export function activityEnvironment(info: Partial<Info> = {}): MockActivityEnvironment {
  scheduled++;
  return new MockActivityEnvironment(
    { scheduledTimestampMs: scheduled, currentAttemptScheduledTimestampMs: scheduled, ...info },
    { logger: new DefaultLogger('ERROR') },
  );
}

type Activity = (input: never) => Promise<unknown>;

/** Activities that fail when they find the run paused, but for a turn: only a few tests pause a run. */
type NeverPaused<T> = {
  readonly [Name in keyof T]: Name extends 'turn'
    ? T[Name]
    : T[Name] extends (input: infer Input) => Promise<infer Result>
      ? (input: Input) => Promise<Exclude<Result, Paused>>
      : T[Name];
};

/** Wraps activities so that each call runs in its own activity environment. */
export function inActivity<T extends object>(activities: T): NeverPaused<T> {
  const wrapped = new Proxy(activities, {
    get: (target, name, receiver) => {
      const activity: unknown = Reflect.get(target, name, receiver);
      if (!isActivity(activity)) return activity;
      return async (input: never) => {
        const result = await activityEnvironment().run(activity, input);
        if (name !== 'turn' && isDeepStrictEqual(result, PAUSED)) throw new Error('The run is paused');
        return result;
      };
    },
  });
  // A proxy has the type of its target.
  return wrapped as NeverPaused<T>;
}

function isActivity(value: unknown): value is Activity {
  return typeof value === 'function';
}
