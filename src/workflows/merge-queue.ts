/**
 * The lane to the branch: takes all that is ready in one landing activity (one an activity would be the
 * first bound of a run), has merged trees tested side by side where they must be, and tries again until
 * everything it took has landed or gone back.
 */
import type { RunId, TaskId } from '../contract/ids.js';
import { landing, sandbox, sandboxActivities } from './activity-options.js';
import type { Graph } from './indexed-graph.js';
import type { Candidate, LandResult } from '../contract/payloads.js';
import { candidatesToLand } from './task-graph.js';

/** What the lane tells and asks the lead. */
export interface MergeQueueLead {
  /** After each landing activity. */
  onLanded(result: LandResult): void;
  /** A paused run starts no further activity. */
  waitUntilUnpaused(): Promise<void>;
}

export class MergeQueue {
  /** Finished tasks in the order they got ready. */
  private readonly queue: TaskId[] = [];
  private working = false;

  constructor(
    private readonly runId: RunId,
    private readonly graph: Graph,
    private readonly lead: MergeQueueLead,
  ) {}

  add(id: TaskId): void {
    this.queue.push(id);
  }

  /** Whether a call of `landBatch` would do something now. */
  get isDue(): boolean {
    return !this.working && candidatesToLand(this.graph, this.queue).length > 0;
  }

  get isBusy(): boolean {
    return this.working;
  }

  waiting(): readonly TaskId[] {
    return this.queue;
  }

  /** One round: land what can be landed, and have tested what must be before the next round. */
  async landBatch(): Promise<void> {
    this.working = true;
    try {
      const candidates = candidatesToLand(this.graph, this.queue).map((id) => this.candidate(id));
      const summary = candidates.map((candidate) => candidate.taskId).join(', ');
      const result = await landing.land.executeWithOptions({ summary: shorten(summary) }, [
        { runId: this.runId, candidates },
      ]);
      const gone = new Set<TaskId>([...result.landed, ...result.requeued]);
      this.queue.splice(0, this.queue.length, ...this.queue.filter((id) => !gone.has(id)));
      this.lead.onLanded(result);
      await this.lead.waitUntilUnpaused();
      await Promise.all(result.untested.map((merge) => this.testMerge(merge)));
    } finally {
      this.working = false;
    }
  }

  private async testMerge(merge: LandResult['untested'][number]): Promise<void> {
    const timeoutMs = this.graph.get(merge.taskId)?.node.testTimeoutMs ?? 0;
    await sandbox.testMerge.executeWithOptions(
      { ...sandboxActivities(timeoutMs), summary: `test the merge of ${merge.taskId}` },
      [{ runId: this.runId, ...merge, timeoutMs }],
    );
  }

  private candidate(taskId: TaskId): Candidate {
    return { taskId, attempt: this.graph.get(taskId)?.progress.attempts ?? 0 };
  }
}

/** The Temporal UI shows one line; the history keeps every byte. */
const SUMMARY_LENGTH = 100;

function shorten(text: string): string {
  return text.length <= SUMMARY_LENGTH ? text : `${text.slice(0, SUMMARY_LENGTH - 1)}…`;
}
