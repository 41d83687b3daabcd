import { upsertSearchAttributes } from '@temporalio/workflow';
import { hasEnded, type RunStatus } from '../contract/run-status.js';
import type { RunId } from '../contract/ids.js';
import { record } from './activity-options.js';
import { call } from './authentic.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';

/** Records the run's status: each change once, one write at a time. */
export class StatusReport {
  private current: RunStatus = 'running';
  private pending: RunStatus | null = null;
  private last: Promise<void> = Promise.resolve();
  private contradicted = false;

  constructor(private readonly runId: RunId) {}

  /** The status in the record. */
  get recorded(): RunStatus {
    return this.current;
  }

  /** The status once the pending write has completed. */
  get latest(): RunStatus {
    return this.pending ?? this.current;
  }

  /**
   * Whether the record did not take the end of the run, and was not read since: a person has retried tasks after an earlier
   * attempt to record the end, of which Temporal knows nothing.
   */
  get isContradicted(): boolean {
    return this.contradicted;
  }

  /** Takes over the status that was read from the record, which others write too. */
  setRecorded(status: RunStatus): void {
    this.current = status;
    this.contradicted = false;
  }

  /** Shows a status in the Temporal UI's list. */
  show(status: RunStatus): void {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: status }]);
  }

  /** Records the status, evaluated after all earlier writes have completed. */
  record(status: () => RunStatus): Promise<void> {
    this.last = this.last.then(() => this.write(status()));
    return this.last;
  }

  private async write(status: RunStatus): Promise<void> {
    if (status === this.current) return;
    this.pending = status;
    this.show(status);
    const now = await call(
      record.reportRun,
      { summary: `the run is ${status}` },
      { runId: this.runId, status },
    );
    this.pending = null;
    // The run had ended before, and keeps that status.
    if (now !== status) this.show(now);
    this.current = now;
    this.contradicted = hasEnded(status) && !hasEnded(now);
  }
}
