import { upsertSearchAttributes } from '@temporalio/workflow';
import type { RunStatus } from '../contract/contract.js';
import type { RunId } from '../contract/ids.js';
import { record } from './activity-options.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';

/** Says how the run stands, each change once and one after another, whoever asks for it. */
export class StatusReport {
  private current: RunStatus = 'running';
  private pending: RunStatus | null = null;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly runId: RunId) {}

  /** What the record holds. */
  get recorded(): RunStatus {
    return this.current;
  }

  /** What it holds as soon as what is being said was said. */
  get latest(): RunStatus {
    return this.pending ?? this.current;
  }

  /** What the record was found to hold: others write it, too. */
  setRecorded(status: RunStatus): void {
    this.current = status;
  }

  /** Shows a status in the Temporal UI's list. */
  show(status: RunStatus): void {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: status }]);
  }

  /** Records the status as it is when its turn comes. */
  record(status: () => RunStatus): Promise<void> {
    this.last = this.last.then(() => this.write(status()));
    return this.last;
  }

  private async write(status: RunStatus): Promise<void> {
    if (status === this.current) return;
    this.pending = status;
    this.show(status);
    const now = await record.reportRun.executeWithOptions({ summary: `the run is ${status}` }, [
      { runId: this.runId, status },
    ]);
    this.pending = null;
    // It had ended before.
    if (now !== status) this.show(now);
    this.current = now;
  }
}
