/** Step 5 of a turn: what follows. Questions to a person and mistakes of the model are recorded, each once. */
import type { AgentContext, Turn } from '../agent-context.js';
import { concludeAnswer } from './conclude-answer.js';
import { concludeFailure, concludeTimeout } from './conclude-failure.js';
import { concludeSummary } from './conclude-summary.js';
import { interpretAnswer } from './interpret-answer.js';
import { START_MS } from '../../mcp/session-limits.js';
import type { ReservedCall, Reservation } from '../call/reserve-call.js';
import type { StoredAnswer, StoredOutcome } from './store-answer.js';
import { retryLater, runCancelled } from '../call/turn-errors.js';
import { readAnswer } from '../../db/turns.js';
import type { TurnResult } from '../../contract/payloads.js';

export type TurnOutcome = StoredOutcome | Exclude<Reservation, ReservedCall>;

/**
 * Decides what follows the turn. Safe to repeat: a question is asked once and a mistake is recorded once.
 * @throws ApplicationFailure, for Temporal to retry the turn
 */
export async function interpretOutcome(
  context: AgentContext,
  turn: Turn,
  outcome: TurnOutcome,
): Promise<TurnResult> {
  switch (outcome.kind) {
    case 'answered':
      return concludeTurn(context, turn, outcome);
    case 'stored':
      return concludeTurn(context, turn, await readStoredAnswer(context, turn));
    case 'paused':
    case 'waiting_on_run':
      return { next: outcome.kind };
    case 'cancelled':
      throw runCancelled();
    case 'unsent':
      throw retryLater('This worker did not respond for too long: the call is made again', null);
    case 'timed_out':
      return concludeTimeout(context, turn, outcome.model);
    case 'failed':
      return concludeFailure(context, turn, outcome.failure, outcome.model);
    case 'aborted':
      throw outcome.error;
  }
}

/** Another attempt stored the turn's answer first, or a worker that was declared dead: that answer counts. */
async function readStoredAnswer({ db }: AgentContext, { input }: Turn): Promise<StoredAnswer> {
  return { kind: 'answered', ...(await readAnswer(db, input)) };
}

/** Commands and MCP servers run on another queue: there, all calls of the answer are carried out. */
async function concludeTurn(context: AgentContext, turn: Turn, answer: StoredAnswer): Promise<TurnResult> {
  if (answer.turnKind === 'summary') return concludeSummary(context, turn, answer);
  const { steps } = interpretAnswer(answer.content, answer.stopReason);
  const { timeoutMs: limitMs } = turn.task.run.plan.commands;
  const limits = steps.flatMap((step) => {
    if (step.kind === 'run') return [Math.min(step.call.run().timeoutMs ?? limitMs, limitMs)];
    return step.kind === 'mcp' ? [START_MS + limitMs] : [];
  });
  if (limits.length === 0) return concludeAnswer(context, turn, answer, null);
  return { next: 'run', timeoutMs: limits.reduce((sum, limit) => sum + limit) };
}
