import type { ReadCall } from './interpret-answer.js';
import type { ShownFiles } from './shown-files.js';
import { failure } from './tools/read-result.js';
import type { ReadResult } from './tools/tool.js';
import { READS_OF_ANSWER_MS, whyNotRun } from './turn-limits.js';

/**
 * Runs the read calls of one answer, within its limits. @returns the results, by the ids of the calls
 * @param budget aborts when the calls have taken their time
 */
export async function runReads(
  files: ShownFiles,
  calls: readonly ReadCall[],
  signal: AbortSignal,
  budget = AbortSignal.timeout(READS_OF_ANSWER_MS),
): Promise<ReadonlyMap<string, ReadResult>> {
  const results = new Map<string, ReadResult>();
  const either = AbortSignal.any([signal, budget]);
  for (const call of calls) {
    signal.throwIfAborted();
    const why = whyNotRun(results.size, budget.aborted);
    results.set(call.id, why === null ? await run(call) : failure(why));
  }
  return results;

  async function run(call: ReadCall): Promise<ReadResult> {
    try {
      return await call.run({ files, signal: either });
    } catch (error) {
      // The call under way was ended. The answer says so, as for the calls after it.
      const why = signal.aborted ? null : whyNotRun(0, budget.aborted);
      if (why === null) throw error;
      return failure(why);
    }
  }
}
