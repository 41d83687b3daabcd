import type { Claim } from '../db/calls.js';

/** The model calls of one worker process: the ledger has those that it claimed, and only it knows which it sent. */
export class OwnCalls {
  /** Turns whose claim was asked for and not heard of yet. */
  private readonly claims = new Set<string>();
  private readonly calls = new Map<number, 'in flight' | 'unsettled'>();

  /** The calls that are being made now. */
  get inFlight(): number[] {
    return this.all('in flight');
  }

  /** Calls that have ended, while the ledger could not be told how. */
  get unsettled(): number[] {
    return this.all('unsettled');
  }

  /**
   * Claims a turn's call, one claim of a turn at a time: between the ledger's word and this process's hearing it,
   * another one would take the call for one that nobody sends.
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

  /** The ledger knows how the call ended. */
  settled(call: number): void {
    this.calls.delete(call);
  }

  /** The call is over, settled or not. */
  ended(call: number): void {
    if (this.calls.has(call)) this.calls.set(call, 'unsettled');
  }

  private all(state: 'in flight' | 'unsettled'): number[] {
    return [...this.calls].flatMap(([call, its]) => (its === state ? [call] : []));
  }
}
