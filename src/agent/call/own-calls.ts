import type { Claim, ClaimCheck } from '../../db/calls.js';

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

  /** Calls that have ended, but whose end is not in the ledger because the database was unreachable. */
  get unsettled(): number[] {
    return this.all('unsettled');
  }

  /**
   * Begins a claim of a turn's call; false when this process has already begun one. Between the moment when the ledger
   * grants a claim and the moment when this process learns of it, a second claim would take the call for one that was
   * never sent.
   */
  beginClaim(turn: string): boolean {
    if (this.claims.has(turn)) return false;
    this.claims.add(turn);
    return true;
  }

  /** Ends a claim that has begun. @param claim null when it failed */
  endClaim(turn: string, claim: Claim | ClaimCheck | null): void {
    if (claim?.outcome === 'claimed') this.calls.set(claim.call, 'in flight');
    this.claims.delete(turn);
  }

  /** Records that the ledger knows how the call ended. */
  markSettled(call: number): void {
    this.calls.delete(call);
  }

  /** Records that the call has ended. Until the ledger knows its end, it is listed as unsettled. */
  markEnded(call: number): void {
    if (this.calls.has(call)) this.calls.set(call, 'unsettled');
  }

  private all(state: 'in flight' | 'unsettled'): number[] {
    return [...this.calls].flatMap(([call, current]) => (current === state ? [call] : []));
  }
}
