/** Step 5 of a turn: what follows. Questions to a person and mistakes of the model are recorded, each once. */
import type { AgentContext, Turn } from './agent-context.js';
import { concludeFailure, concludeTimeout } from './conclude-failure.js';
import { interpretAnswer, textOf } from './interpret-answer.js';
import { cannotUse, noSummary, onlyReads } from './questions.js';
import type { ReservedCall, Reservation } from './reserve-call.js';
import { problemOf } from './result-texts.js';
import type { StoredAnswer, StoredOutcome } from './store-answer.js';
import { retryLater, runCancelled } from './turn-errors.js';
import { countEvent } from './turn-limits.js';
import { askPerson } from '../db/blockers.js';
import { RecordMissing } from '../db/task-record.js';
import { readTurns, recordRefusal } from '../db/turns.js';
import type { TurnResult } from '../contract/payloads.js';

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
      return concludeTimeout(context, turn);
    case 'failed':
      return concludeFailure(context, turn, outcome.failure);
    case 'aborted':
      throw outcome.error;
  }
}

/** Another attempt stored the turn's answer first, or a worker that was declared dead: that answer counts. */
async function readStoredAnswer({ db }: AgentContext, { input }: Turn): Promise<StoredAnswer> {
  const turns = await readTurns(db, input.runId, input.taskId);
  const stored = turns.find(({ number }) => number === input.turn);
  if (stored === undefined) throw new RecordMissing(`Turn ${input.turn} of ${input.taskId} was removed.`);
  const { answer: content, stopReason, kind: turnKind } = stored;
  return { kind: 'answered', content, stopReason, turnKind };
}

async function concludeTurn(
  { db }: AgentContext,
  { fence, input }: Turn,
  { content, stopReason, turnKind }: StoredAnswer,
): Promise<TurnResult> {
  const ask = async (reason: string, question: string): Promise<TurnResult> => {
    await askPerson(db, fence, { turn: input.turn, reason, question });
    return { next: 'blocked' };
  };
  if (turnKind === 'summary') {
    // Whatever the model did instead: without a summary the work cannot go on by itself.
    if (textOf(content) === '') return ask('context', noSummary());
    return { next: 'compacted', counts: input.counts };
  }
  const interpreted = interpretAnswer(content, stopReason);
  switch (interpreted.kind) {
    case 'submission':
      return { next: 'apply' };
    case 'paused':
    case 'reads': {
      const counted = countEvent(input.counts, 'read');
      if (counted.next === 'ask') return ask('too_many_turns', onlyReads());
      return { next: 'read', counts: counted.counts };
    }
    case 'question':
      return ask('question', interpreted.question);
    case 'full':
      return { next: 'compacted', counts: input.counts };
    case 'stuck':
      return ask('refusal', interpreted.message);
    case 'malformed': {
      const { reply } = interpreted;
      await recordRefusal(db, fence, { ...input, path: null, reason: problemOf(reply), reply });
      const counted = countEvent(input.counts, 'invalid_submission');
      if (counted.next === 'ask') return ask('malformed', cannotUse(reply));
      return { next: 'invalid', counts: counted.counts };
    }
  }
}
