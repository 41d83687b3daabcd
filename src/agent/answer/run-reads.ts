import type { ReadStep } from './interpret-answer.js';
import { failure } from '../tools/read-result.js';
import type { ReadResult, ToolContext } from '../tools/tool.js';
import { NO_ROOM, READS_OF_ANSWER_MS, whyNotRun } from './turn-limits.js';

/**
 * Runs the read calls of one answer, within its limits. @returns the results, by the ids of the calls
 * @param contextOf what a call may use: each call sees the draft as the calls before it left it
 * @param room characters of results that the conversation has room for. The first result always counts as fitting.
 * @param budget aborts when the calls have taken their time
 */
export async function runReads(
  steps: readonly ReadStep[],
  contextOf: (step: ReadStep) => Omit<ToolContext, 'signal'>,
  {
    signal,
    room,
    budget = AbortSignal.timeout(READS_OF_ANSWER_MS),
  }: { readonly signal: AbortSignal; readonly room: number; readonly budget?: AbortSignal },
): Promise<ReadonlyMap<string, ReadResult>> {
  const results = new Map<string, ReadResult>();
  const either = AbortSignal.any([signal, budget]);
  let left = room;
  for (const step of steps) {
    signal.throwIfAborted();
    const why = whyNotRun(results.size, budget.aborted);
    const result = why === null ? await run(step) : failure(why);
    const fits = result.isError || results.size === 0 || result.text.length <= left;
    if (fits) left -= result.text.length;
    results.set(step.id, fits ? result : failure(NO_ROOM));
  }
  return results;

  async function run(step: ReadStep): Promise<ReadResult> {
    try {
      return await step.call.run({ ...contextOf(step), signal: either });
    } catch (error) {
      // The call under way was ended. The answer says so, as for the calls after it.
      const why = signal.aborted ? null : whyNotRun(0, budget.aborted);
      if (why === null) throw error;
      return failure(why);
    }
  }
}
