import { TemporalFailure } from '@temporalio/workflow';
import type { BlockerId, RunId } from '../contract/ids.js';
import { notifications } from './activity-options.js';

/** Tells people of blockers, beside everything else: neither the run's end nor the lead's renewal waits for it. */
export class BlockerNotifier {
  private due = false;
  private asking = false;
  private readonly underWay = new Set<BlockerId>();

  /**
   * @param wake has the lead look again whether anything is due
   * @param broke told of what is no failure of a telling but a bug
   */
  constructor(
    private readonly runId: RunId,
    private readonly wake: () => void,
    private readonly broke: (error: unknown) => void,
  ) {}

  /** Somebody may have to be told of something. */
  ask(): void {
    this.due = true;
  }

  /** Begins whatever tellings are due. */
  work(): void {
    if (!this.due || this.asking) return;
    this.due = false;
    this.asking = true;
    this.round().catch(this.broke);
  }

  private async round(): Promise<void> {
    try {
      const { blockers, more } = await notifications.pendingNotifications.executeWithOptions(
        { summary: 'whom to tell of what' },
        [{ runId: this.runId }],
      );
      const fresh = blockers.filter((id) => !this.underWay.has(id));
      const told = Promise.all(fresh.map((id) => this.tell(id)));
      // The next page when this one is through.
      if (more) await told;
      this.due ||= more;
      told.catch(this.broke);
    } catch (error) {
      ignoreFailure(error);
    } finally {
      this.asking = false;
    }
    this.wake();
  }

  private async tell(blockerId: BlockerId): Promise<void> {
    this.underWay.add(blockerId);
    try {
      await notifications.notify.executeWithOptions({ summary: `notify of blocker ${blockerId}` }, [
        { runId: this.runId, blockerId },
      ]);
    } catch (error) {
      ignoreFailure(error);
    } finally {
      this.underWay.delete(blockerId);
    }
  }
}

/** The record says how often it was tried in vain, and `blockers` shows it; a run does not fail of that. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof TemporalFailure)) throw error;
}
