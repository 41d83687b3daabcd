/** What an answer comes to: questions to a person and mistakes to tell are recorded, each once. */
import type { Judged } from './interpret-answer.js';
import { READS, STRIKES } from './turn-limits.js';
import { cannotUse, looksAround } from './questions.js';
import { REPLY } from './replies.js';
import { askPerson } from '../db/blockers.js';
import type { Fence } from '../db/fencing.js';
import { recordRefusal } from '../db/turns.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import type { Workplace } from '../activities/activity-context.js';

async function tellMistake(place: Workplace, step: Fence, input: TurnInput, reply: string): Promise<void> {
  const reason = reply.slice(REPLY.malformed.length).trim();
  await recordRefusal(place.db, step, { ...input, path: null, reason, reply });
}

/** What follows. Said again when the turn is done twice: each record is written once. */
export async function concluded(
  place: Workplace,
  step: Fence,
  input: TurnInput,
  judged: Judged,
): Promise<TurnResult> {
  switch (judged.kind) {
    case 'submission':
      return { next: 'apply' };
    case 'paused':
    case 'reads':
      if (input.reads + 1 < READS) return { next: 'read' };
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: 'too_many_turns',
        question: looksAround(),
      });
      return { next: 'blocked' };
    case 'question':
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: 'question',
        question: judged.question,
      });
      return { next: 'blocked' };
    case 'stuck':
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: judged.reason,
        question: judged.message,
      });
      return { next: 'blocked' };
    case 'malformed':
      await tellMistake(place, step, input, judged.reply);
      if (input.strikes + 1 < STRIKES) return { next: 'strike' };
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: 'malformed',
        question: cannotUse(judged.reply),
      });
      return { next: 'blocked' };
  }
}
