/**
 * Where the check of the finished branch stands: not made yet (or again), under way, under way while a person answers
 * something, passed, or a person was asked. No workflow API here.
 */
export class BranchCheck {
  private state: 'due' | 'running' | 'stale' | 'passed' | 'asked';

  /** @param asked a person was asked by an earlier lead, and has not answered */
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

  begin(): void {
    this.state = 'running';
  }

  end(passed: boolean): void {
    // What was answered meanwhile was about an earlier question, or about this one: look again.
    const again = this.state === 'stale';
    this.state = passed ? 'passed' : again ? 'due' : 'asked';
  }

  /** The record was read. @param answered a person may have answered what was asked */
  refresh(answered: boolean): void {
    if (this.state === 'asked' && answered) this.state = 'due';
    if (this.state === 'running') this.state = 'stale';
  }
}
