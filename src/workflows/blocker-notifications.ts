import { TemporalFailure } from '@temporalio/workflow';
import type { BlockerId, RunId } from '../contract/ids.js';
import { notifications } from './activity-options.js';

/** Tells people of blockers, beside everything else: neither the run's end nor the lead's renewal waits for it. */
export class BlockerNotifier {
  private due = false;
  private reading = false;
  private readonly inProgress = new Set<BlockerId>();

  /**
   * @param wake has the lead look again whether anything is due
   * @param onError told of what is no failure of a telling but a bug
   */
  constructor(
    private readonly runId: RunId,
    private readonly wake: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Somebody may have to be told of something. */
  request(): void {
    this.due = true;
  }

  /** Begins whatever tellings are due. */
  startDue(): void {
    if (!this.due || this.reading) return;
    this.due = false;
    this.reading = true;
    this.notifyDue().catch(this.onError);
  }

  private async notifyDue(): Promise<void> {
    try {
      const { blockers, more } = await notifications.pendingNotifications.executeWithOptions(
        { summary: 'whom to tell of what' },
        [{ runId: this.runId }],
      );
      const fresh = blockers.filter((id) => !this.inProgress.has(id));
      const told = Promise.all(fresh.map((id) => this.notify(id)));
      // The next page when this one is through.
      if (more) await told;
      this.due ||= more;
      told.catch(this.onError);
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
      await notifications.notify.executeWithOptions({ summary: `notify of blocker ${blockerId}` }, [
        { runId: this.runId, blockerId },
      ]);
    } catch (error) {
      ignoreActivityFailure(error);
    } finally {
      this.inProgress.delete(blockerId);
    }
  }
}

/** The record says how often it was tried in vain, and `blockers` shows it; a run does not fail of that. */
function ignoreActivityFailure(error: unknown): void {
  if (!(error instanceof TemporalFailure)) throw error;
}
