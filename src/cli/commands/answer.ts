import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import type { ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import type { RunStatus } from '../../contract/run-status.js';
import { requireFittingAnswer } from '../../runs/control/answer-choice.js';
import * as runControl from '../../runs/control/run-control.js';
import { readAnswer, type TypedAnswer } from '../answer-commands.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, withWorkerFor } from '../control-run.js';
import { withSession, type Session } from '../session.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--retry <n>', 'allow n more corrections')
    .option('--accept', 'accept the newest work as it is, tested or not (`diff RUN TASK` shows it)')
    .option('--skip', 'skip the task, and every task that depends on it')
    .option('--add-usd <x>', "raise the run's budget by x USD")
    .action((blocker: string, text: string | undefined, options: TypedAnswer & JsonOption) =>
      act((env) => answer(env, blocker, { ...options, text })),
    );
  addExamples(
    command,
    'leadwright answer shop-k3x9pq:cart:1 "Round half up, to the cent"',
    'leadwright answer shop-k3x9pq:cart:1 --retry 3',
  );
}

async function answer(env: Environment, blocker: string, typed: TypedAnswer & JsonOption): Promise<ExitCode> {
  const read = readAnswer(typed);
  const by = userInfo().username;
  return withSession(env, 'none', async (reading) => {
    const found = await runControl.findAnswerableBlocker(reading, blocker);
    // An answer that does not fit is refused here, before a worker is started for it.
    if (found.resolvedBy === null) requireFittingAnswer(found, read, by);
    const send = async (session: Session) => {
      await runControl.answer(session, found.id, read, by);
      return printRunAfter(session, found.runId, typed, ({ status }) => afterAnswer(found.runId, status));
    };
    return found.resolvedBy === null ? withWorkerFor(env, found.runId, send) : send(reading);
  });
}

function afterAnswer(run: RunId, status: RunStatus): string {
  return status === 'paused'
    ? `Answered. The run ${run} is paused; continue it with:  leadwright resume ${run}`
    : `Answered: the run ${run} continues in the background.`;
}
