import { TemporalFailure } from '@temporalio/workflow';
import type { BlockerId, RunId } from '../contract/ids.js';
import { notifications } from './activity-options.js';
import { call } from './authentic.js';

/** Notifies people of blockers in the background. Neither the run's end nor continue-as-new waits for it. */
export class BlockerNotifier {
  private due = false;
  private reading = false;
  private readonly inProgress = new Set<BlockerId>();

  /**
   * @param wake makes the lead check again whether notifications are due
   * @param onError receives errors that are not activity failures: bugs
   */
  constructor(
    private readonly runId: RunId,
    private readonly wake: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Marks that there may be pending notifications. */
  request(): void {
    this.due = true;
  }

  /** Starts the pending notifications, if any were requested. */
  startDue(): void {
    if (!this.due || this.reading) return;
    this.due = false;
    this.reading = true;
    this.notifyDue().catch(this.onError);
  }

  private async notifyDue(): Promise<void> {
    try {
      const { blockers, more } = await call(
        notifications.pendingNotifications,
        { summary: 'read pending notifications' },
        { runId: this.runId },
      );
      const fresh = blockers.filter((id) => !this.inProgress.has(id));
      const delivered = Promise.all(fresh.map((id) => this.notify(id)));
      // The next page is read once this one has been delivered.
      if (more) await delivered;
      this.due ||= more;
      delivered.catch(this.onError);
    } catch (error) {
      ignoreActivityFailure(error);
    } finally {
      this.reading = false;
    }
    this.wake();
  }

  private async notify(blockerId: BlockerId): Promise<void> {
    this.inProgress.add(blockerId);
    try {
      await call(
        notifications.notify,
        { summary: `notify of blocker ${blockerId}` },
        { runId: this.runId, blockerId },
      );
    } catch (error) {
      ignoreActivityFailure(error);
    } finally {
      this.inProgress.delete(blockerId);
    }
  }
}

/**
 * Notifies of the run's end, which is recorded.
 * @param last whether the first attempt is the only one, because a person waits for the end
 */
export async function notifyOfEnd(runId: RunId, last: boolean): Promise<void> {
  try {
    await call(notifications.notifyEnd, { summary: 'notify of the end' }, { runId, last });
  } catch (error) {
    ignoreActivityFailure(error);
  }
}

/** An undelivered notification does not fail the run. The record counts its tries, and `blockers` shows them. */
function ignoreActivityFailure(error: unknown): void {
  if (!(error instanceof TemporalFailure)) throw error;
}
