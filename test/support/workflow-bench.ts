import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { runId, taskId, type RunId } from '../../src/contract/ids.js';
import { PRECISE_TIMERS } from '../../src/local-stack/temporal/temporal-service.js';
import { leadOptions } from '../../src/runs/control/lead.js';
import { stampRequests } from '../../src/runs/control/stamp-requests.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { workflowSinks } from '../../src/worker/workflow-sinks.js';
import { wrapResult } from '../../src/worker/wrap-result.js';
import { TASK_QUEUES, type TaskRunInput } from '../../src/contract/payloads.js';
import type { projectRun } from '../../src/workflows/project-run.js';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';
import type { taskRun } from '../../src/workflows/task-run.js';
import { NO_PROGRESS } from './graph.js';
import type { Activities } from '../../src/activities/index.js';
import { eachActivity, sha, type Stubs } from './lead-stubs.js';
import { temporalCli } from './temporal-cli.js';
import { eventually } from './eventually.js';

/** Interval of heartbeats, which also deliver cancellations: short, so that tests do not wait for it. */
const HEARTBEATS = '100ms';

/** A fixed identity, so that recorded histories do not contain the name of a machine. */
const IDENTITY = 'leadwright-test';

export type LeadHandle = WorkflowHandleWithFirstExecutionRunId<typeof projectRun>;

export interface BenchOptions {
  readonly serverArgs?: readonly string[];
  /** Starts a proxy between the workers and the server: takes the server's address and returns the proxy's. */
  readonly proxy?: (address: string) => Promise<string>;
}

/** A global symbol, because mocha loads some files by `require` and others by `import`, so this module may exist twice. */
const INSTALLED = Symbol.for('leadwright.test.runtime');

/** Installs the runtime once per process; several benches may share it. */
export function installRuntime(): void {
  if (Reflect.has(globalThis, INSTALLED)) return;
  Reflect.set(globalThis, INSTALLED, true);
  // Without worker heartbeats, which would continue after the server has ended.
  Runtime.install({ logger: new DefaultLogger('ERROR'), workerHeartbeatInterval: 0 });
}

/** The input of the workflow of task `a` of a run. */
export function taskInput(id: string, changes: Partial<TaskRunInput> = {}): TaskRunInput {
  return {
    runId: runId(id),
    taskId: taskId('a'),
    tip: sha(0),
    progress: NO_PROGRESS,
    maxCorrections: 3,
    generateTimeoutMs: 60_000,
    testTimeoutMs: 60_000,
    paused: false,
    ...changes,
  };
}

/** A worker; `gone` resolves when it has ended. */
interface RunningWorker {
  readonly worker: Worker;
  readonly gone: Promise<void>;
}

/** The real workflows on a real server, with stub activities for each run. */
export class WorkflowBench {
  private readonly stubs = new Map<string, Pick<Stubs, 'activities'>>();
  /** All leads, because a failed test may leave its lead open. */
  private readonly leads: LeadHandle[] = [];
  private number = 0;
  private readonly workers = new Map<string, RunningWorker>();
  /** For how many milliseconds leads have asked to hold tasks back, in order. */
  readonly holds: number[] = [];

  private constructor(
    readonly env: TestWorkflowEnvironment,
    private readonly connection: NativeConnection,
  ) {}

  static async open({ serverArgs = [], proxy: door }: BenchOptions = {}): Promise<WorkflowBench> {
    const path = await temporalCli();
    installRuntime();
    const env = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        ip: '127.0.0.1',
        searchAttributes: Object.values(SEARCH_ATTRIBUTES),
        log: { format: 'pretty', level: 'error' },
        extraArgs: [...PRECISE_TIMERS, ...serverArgs],
      },
      client: { identity: IDENTITY, interceptors: { workflow: [stampRequests] } },
    });
    const address = (await door?.(env.address)) ?? env.address;
    const bench = new WorkflowBench(env, await NativeConnection.connect({ address }));
    await Promise.all(Object.values(TASK_QUEUES).map((queue) => bench.begin(queue)));
    return bench;
  }

  async close(): Promise<void> {
    for (const lead of this.leads) await lead.terminate().catch(() => undefined);
    for (const { worker } of this.workers.values()) worker.shutdown();
    await Promise.all([...this.workers.values()].map(({ gone }) => gone));
    await this.connection.close();
    await this.env.teardown();
  }

  /** Stops the worker of a queue, as SIGTERM does, and then starts another one. */
  async replace(queue: string): Promise<void> {
    const old = this.workers.get(queue);
    assert.ok(old, `a queue that has a worker: ${queue}`);
    old.worker.shutdown();
    await old.gone;
    await this.begin(queue);
  }

  private async begin(queue: string): Promise<void> {
    const worker = await this.worker(queue);
    this.workers.set(queue, { worker, gone: worker.run() });
  }

  /**
   * Starts the lead of a run with these activities.
   * @param isNew false where a task has started before, or the run is paused or cancelled: then the lead reads the plan first
   */
  async lead(
    stubs: Pick<Stubs, 'activities'>,
    id = `run-${++this.number}`,
    isNew = true,
  ): Promise<LeadHandle> {
    this.stubs.set(id, stubs);
    const options = leadOptions(runId(id), {
      project: 'the project',
      status: 'running',
      isBegun: !isNew,
      longestTestMs: 1_000,
    });
    const lead = await this.env.client.workflow.start<typeof projectRun>('projectRun', options);
    this.leads.push(lead);
    return lead;
  }

  /** All histories of a lead, one for each execution up to the last continue-as-new. */
  async histories({
    workflowId,
    firstExecutionRunId,
  }: Pick<LeadHandle, 'workflowId' | 'firstExecutionRunId'>) {
    const found: { readonly handle: WorkflowHandle; readonly history: History }[] = [];
    for (let run: string | null = firstExecutionRunId; run !== null;) {
      const handle = this.env.client.workflow.getHandle(workflowId, run);
      const history = await handle.fetchHistory();
      found.push({ handle, history });
      run = nextRunOf(history);
    }
    return found;
  }

  /** Runs the workflow of one task, `a`, without a lead, to its end. */
  async task(stubs: Stubs, changes: Partial<TaskRunInput> = {}) {
    const id = `run-${++this.number}`;
    this.stubs.set(id, stubs);
    return this.env.client.workflow.execute<typeof taskRun>('taskRun', {
      workflowId: `leadwright/${id}/a`,
      taskQueue: TASK_QUEUES.workflow,
      args: [taskInput(id, changes)],
    });
  }

  private worker(taskQueue: string): Promise<Worker> {
    return Worker.create({
      connection: this.connection,
      namespace: this.env.namespace ?? 'default',
      taskQueue,
      identity: IDENTITY,
      activities: this.routed(),
      interceptors: { activity: [wrapResult] },
      ...(taskQueue === TASK_QUEUES.workflow
        ? { workflowBundle: workflowBundle(), sinks: workflowSinks(null, (ms) => this.holds.push(ms)) }
        : {}),
      maxHeartbeatThrottleInterval: HEARTBEATS,
      defaultHeartbeatThrottleInterval: HEARTBEATS,
    });
  }

  /** Routes each activity to the stubs of its run. */
  private routed(): Activities {
    const of = (input: { readonly runId: RunId }): Activities => {
      const stubs = this.stubs.get(input.runId);
      assert.ok(stubs, `a run of this bench: ${input.runId}`);
      return stubs.activities;
    };
    return eachActivity((name) => (input) => of(input)[name](input));
  }
}

/** The execution that continued a workflow as new; null when the workflow has ended. */
function nextRunOf({ events }: History): string | null {
  return events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
}

/** Waits until a call was made `times` times. */
export async function called(stubs: Pick<Stubs, 'calls'>, wanted: string, times = 1): Promise<void> {
  const calls = () => stubs.calls.filter((call) => call === wanted).length;
  await eventually(() => calls() >= times, `${times} calls of ${wanted}`);
}

/** Waits until a second passes without a call. An endless loop of calls never gets there. */
export async function untilQuiet(stubs: Stubs): Promise<void> {
  for (let before = -1; before !== stubs.calls.length;) {
    before = stubs.calls.length;
    await delay(1_000);
  }
}

export async function isCancelRequested(workflow: WorkflowHandle): Promise<boolean> {
  const { events } = await workflow.fetchHistory();
  return (events ?? []).some((event) => Boolean(event.workflowExecutionCancelRequestedEventAttributes));
}
