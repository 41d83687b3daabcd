import { concludeAnswer } from '../agent/answer/conclude-answer.js';
import { readTask } from '../db/task-record.js';
import { readAnswer } from '../db/turns.js';
import { PAUSED, type AnswerResult, type Paused, type WorkInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeFence } from './support/fence.js';
import { inPlace } from './support/heartbeat.js';
import { commandRunner } from './support/command-on-draft.js';
import { TaskServers } from './support/task-servers.js';

/** Carries out the calls of an answer that runs commands or calls MCP servers, and decides what follows. Safe to repeat. */
export async function runCalls(context: ActivityContext, input: WorkInput): Promise<AnswerResult | Paused> {
  return inPlace(context, input.runId, async (signal) => {
    const fence = await takeFence(context, input);
    const task = await readTask(context.db, input.runId, input.taskId);
    if (task.run.status === 'paused') return PAUSED;
    const answer = await readAnswer(context.db, input);
    const servers = new TaskServers(context, task.run, signal);
    try {
      return await concludeAnswer(context, { fence, input, task }, answer, {
        runCommand: commandRunner(context, signal),
        callServer: servers.call,
      });
    } finally {
      await servers.close();
    }
  });
}
