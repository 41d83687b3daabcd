/**
 * State of the check of the finished branch: due, running, stale (a person changed the record while it runs), passed,
 * or asked (it failed, and a person was asked). Uses no workflow API.
 */
export class BranchCheck {
  private state: 'due' | 'running' | 'stale' | 'passed' | 'asked';

  /** @param asked an earlier lead workflow asked a person, who has not answered yet */
  constructor(asked: boolean) {
    this.state = asked ? 'asked' : 'due';
  }

  get isDue(): boolean {
    return this.state === 'due';
  }

  get hasPassed(): boolean {
    return this.state === 'passed';
  }

  get isWaiting(): boolean {
    return this.state === 'asked';
  }

  /** A landing has completed the run, and found nothing to check. */
  skip(): void {
    if (this.state === 'due') this.state = 'passed';
  }

  begin(): void {
    this.state = 'running';
  }

  end(passed: boolean): void {
    // The answer that came meanwhile may be to this check's question, and a task that was retried has yet to land.
    if (this.state === 'stale') this.state = 'due';
    else this.state = passed ? 'passed' : 'asked';
  }

  /**
   * Call it when the record was read.
   * @param changed whether a person may have answered the question, or retried a task
   */
  refresh(changed: boolean): void {
    if (this.state === 'running') this.state = 'stale';
    if (changed && (this.state === 'asked' || this.state === 'passed')) this.state = 'due';
  }
}
