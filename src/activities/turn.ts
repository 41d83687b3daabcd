import { judge } from '../agent/interpret-answer.js';
import { readTask, RecordMissing } from '../db/task-record.js';
import { beginTurn, readTurns } from '../db/turns.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import { ask } from '../agent/ask.js';
import { beating } from './heartbeat.js';
import { prepare } from '../agent/compose.js';
import { concluded } from '../agent/conclude.js';
import { runCancelled } from '../agent/no-answer.js';
import { takeFence } from './fence.js';
import type { Workplace } from './activity-context.js';

/**
 * One turn: answers the model's pending tool calls from the commit, calls the model, stores the answer before
 * anything can fail after it, and says what it came to. Done twice, it finds the stored answer, or what else it came
 * to before: a failure, or a question.
 */
export async function turn(place: Workplace, input: TurnInput): Promise<TurnResult> {
  return beating(place, input.runId, async (signal) => {
    const step = await takeFence(place, input);
    const begin = await beginTurn(place.db, step, input.turn);
    if (begin === 'cancelled') throw runCancelled();
    if (begin !== 'begun') return { next: begin };
    const [task, turns] = await Promise.all([
      readTask(place.db, input.runId, input.taskId),
      readTurns(place.db, input.runId, input.taskId),
    ]);
    const stored = turns.find((known) => known.number === input.turn);
    if (stored !== undefined) return concluded(place, step, input, judge(stored.answer, stored.stopReason));
    const prepared = await prepare(place, input, task, turns, signal);
    const asked = await ask(place, { step, input, task, prepared }, signal);
    switch (asked.kind) {
      case 'answered':
        return concluded(place, step, input, judge(asked.answer.content, asked.answer.stopReason));
      case 'stored':
        return concluded(place, step, input, await judgedInRecord(place, input));
      case 'ended':
        return asked.result;
    }
  });
}

/** Another attempt, or a worker that was thought dead, stored its answer first: that one counts. */
async function judgedInRecord(place: Workplace, input: TurnInput) {
  const turns = await readTurns(place.db, input.runId, input.taskId);
  const stored = turns.find((known) => known.number === input.turn);
  if (stored === undefined) throw new RecordMissing(`Turn ${input.turn} of ${input.taskId} was removed.`);
  return judge(stored.answer, stored.stopReason);
}
