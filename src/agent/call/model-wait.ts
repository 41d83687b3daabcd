import type { AgentContext, Turn } from '../agent-context.js';
import { recordWait, type NewWait } from '../../db/waits.js';

/** Tells people who watch the run that the turn's call is to be made again. */
export async function noteWait(
  { db }: Pick<AgentContext, 'db'>,
  { fence, input: { attempt, turn } }: Pick<Turn, 'fence' | 'input'>,
  wait: Omit<NewWait, 'attempt' | 'turn'>,
): Promise<void> {
  await recordWait(db, fence, { ...wait, attempt, turn });
}
