import { concludeAnswer } from '../agent/conclude-answer.js';
import { readTask } from '../db/task-record.js';
import { readTurns } from '../db/turns.js';
import type { AnswerResult, WorkInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { requireNotPaused, takeFence } from './support/fence.js';
import { withCancellationWhileAwaited } from './support/heartbeat.js';
import { commandRunner } from './support/command-on-draft.js';
import { TaskServers } from './support/task-servers.js';

/** Carries out the calls of an answer that runs commands or calls MCP servers, and decides what follows. Safe to repeat. */
export async function runCalls(context: ActivityContext, input: WorkInput): Promise<AnswerResult> {
  return withCancellationWhileAwaited(context, input.runId, async (signal) => {
    const fence = await takeFence(context, input);
    const [task, earlier] = await Promise.all([
      readTask(context.db, input.runId, input.taskId),
      readTurns(context.db, input.runId, input.taskId),
    ]);
    requireNotPaused(task.run);
    const stored = earlier.find(({ number }) => number === input.turn);
    if (stored === undefined) throw new Error(`Turn ${input.turn} of ${input.taskId} has no answer.`);
    const { answer: content, stopReason } = stored;
    const servers = new TaskServers(context, task.run, signal);
    try {
      return await concludeAnswer(
        context,
        { fence, input, task },
        { content, stopReason },
        { runCommand: commandRunner(context, signal), callServer: servers.call },
      );
    } finally {
      await servers.close();
    }
  });
}
