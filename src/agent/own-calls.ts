import type { Claim } from '../db/calls.js';

/**
 * The model calls of one worker process. The ledger knows which calls the process claimed; only the process knows
 * which of them it sent.
 */
export class OwnCalls {
  /** Turns with a claim whose result has not arrived yet. */
  private readonly claims = new Set<string>();
  private readonly calls = new Map<number, 'in flight' | 'unsettled'>();

  /** Calls that are being made now. */
  get inFlight(): number[] {
    return this.all('in flight');
  }

  /** Calls that have ended, but whose end is not in the ledger because the database was away. */
  get unsettled(): number[] {
    return this.all('unsettled');
  }

  /**
   * Claims a turn's call, one claim per turn at a time. Between the moment when the ledger grants a claim and the
   * moment when this process learns of it, a second claim would take the call for one that was never sent.
   */
  async claim(turn: string, ask: () => Promise<Claim>): Promise<Claim> {
    if (this.claims.has(turn)) return { outcome: 'busy' };
    this.claims.add(turn);
    try {
      const claim = await ask();
      if (claim.outcome === 'claimed') this.calls.set(claim.call, 'in flight');
      return claim;
    } finally {
      this.claims.delete(turn);
    }
  }

  /** Records that the ledger knows how the call ended. */
  markSettled(call: number): void {
    this.calls.delete(call);
  }

  /** Records that the call is over, settled or not. */
  markEnded(call: number): void {
    if (this.calls.has(call)) this.calls.set(call, 'unsettled');
  }

  private all(state: 'in flight' | 'unsettled'): number[] {
    return [...this.calls].flatMap(([call, its]) => (its === state ? [call] : []));
  }
}
