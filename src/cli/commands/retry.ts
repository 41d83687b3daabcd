import type { Command } from 'commander';
import { UsageError } from '../../contract/errors.js';
import { requireAnyRetryable, requireRetryable, retry, retryFailed } from '../../runs/control/retry.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, withWorkerFor } from '../control-run.js';
import { pausedSentence } from '../print/paused-sentence.js';
import { parseTaskId, withRun } from '../requested-run.js';

interface RetryOptions extends JsonOption {
  readonly failed?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--failed', 'all failed and skipped tasks of the run')
    .action((run: string, task: string | undefined, options: RetryOptions) =>
      act((env) => {
        if (task !== undefined && options.failed === true)
          throw new UsageError('A task and --failed were given: give only one of them');
        if (task === undefined && options.failed !== true)
          throw new UsageError('Name a task, or give --failed for all failed and skipped ones');
        const taskId = task === undefined ? null : parseTaskId(task);
        return withRun(env, run, (id) =>
          withWorkerFor(
            env,
            id,
            async (session) => {
              const retried =
                taskId === null ? await retryFailed(session, id) : await retry(session, id, taskId);
              return printRunAfter(session, id, options, ({ status }) => {
                const next =
                  status === 'paused' ? pausedSentence(id) : `Follow the run with:  leadwright watch ${id}`;
                return `Retrying: ${retried.join(', ')}. ${next}`;
              });
            },
            (db): Promise<unknown> =>
              taskId === null ? requireAnyRetryable({ db }, id) : requireRetryable({ db }, id, taskId),
          ),
        );
      }),
    );
  addExamples(command, 'leadwright retry shop-k3x9pq cart', 'leadwright retry latest --failed');
}
