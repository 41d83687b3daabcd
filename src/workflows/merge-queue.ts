/**
 * The merge queue of the run branch. Each round lands all ready tasks in one activity (one activity per task would be
 * the bottleneck of a run) and tests merged trees in parallel where needed. Rounds repeat until every task has landed
 * or was requeued.
 */
import type { RunId, TaskId } from '../contract/ids.js';
import { summaryLine } from '../shared/words/summary-line.js';
import { landing, sandbox, sandboxActivities } from './activity-options.js';
import type { IndexedGraph } from './indexed-graph.js';
import type { Candidate, LandResult } from '../contract/payloads.js';
import { candidatesToLand } from './task-graph.js';
import { callUnlessPaused } from './unless-paused.js';

/** What the merge queue needs from the lead. */
export interface MergeQueueLead {
  /** Called after each landing activity. */
  onLanded(result: LandResult): void;
  /** A paused run starts no further activity. */
  isPaused(): boolean;
}

/**
 * Before the tests of tasks, of which hundreds may wait for a sandbox: nothing of the run lands until a merge is tested, and the
 * tasks that are to land keep their slots. 1 is the highest priority, 3 that of the others.
 */
const FIRST = { priorityKey: 1 };

export class MergeQueue {
  /** Finished tasks, in the order in which they became ready. */
  private readonly queue: TaskId[] = [];
  private working = false;
  private readonly isPaused = () => this.lead.isPaused();

  constructor(
    private readonly runId: RunId,
    private readonly graph: IndexedGraph,
    private readonly lead: MergeQueueLead,
  ) {}

  add(id: TaskId): void {
    this.queue.push(id);
  }

  /** Whether `landBatch` has something to do. */
  get isDue(): boolean {
    return !this.working && candidatesToLand(this.graph, this.queue).length > 0;
  }

  get isBusy(): boolean {
    return this.working;
  }

  waiting(): readonly TaskId[] {
    return this.queue;
  }

  /** One round: lands what can land, and tests the merged trees whose verdicts the next round needs. */
  async landBatch(): Promise<void> {
    this.working = true;
    try {
      const candidates = candidatesToLand(this.graph, this.queue).map((id) => this.candidateOf(id));
      const summary = candidates.map((candidate) => candidate.taskId).join(', ');
      const result = await callUnlessPaused(
        this.isPaused,
        landing.land,
        { summary: summaryLine(summary) },
        {
          runId: this.runId,
          candidates,
          ...(this.completesRun(candidates.length) && { completesRun: true }),
        },
      );
      const processed = new Set<TaskId>([...result.landed, ...result.requeued.map(({ taskId }) => taskId)]);
      this.queue.splice(0, this.queue.length, ...this.queue.filter((id) => !processed.has(id)));
      this.lead.onLanded(result);
      await Promise.all(result.untested.map((merge) => this.testMerge(merge)));
    } finally {
      this.working = false;
    }
  }

  /** @param landing how many tasks are about to land */
  private completesRun(landing: number): boolean {
    return this.graph.count('completed') + landing === this.graph.size;
  }

  private async testMerge(merge: LandResult['untested'][number]): Promise<void> {
    const timeoutMs = this.graph.get(merge.taskId)?.node.testTimeoutMs ?? 0;
    await callUnlessPaused(
      this.isPaused,
      sandbox.testMerge,
      {
        ...sandboxActivities(timeoutMs),
        summary: `test the merge of ${merge.taskId}`,
        priority: FIRST,
      },
      { runId: this.runId, ...merge, timeoutMs },
    );
  }

  private candidateOf(taskId: TaskId): Candidate {
    return { taskId, attempt: this.graph.get(taskId)?.progress.attempts ?? 0 };
  }
}
