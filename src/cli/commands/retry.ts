import type { Command } from 'commander';
import { retry } from '../../runs/control/run-control.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, withWorkerFor } from '../control-run.js';
import { parseTaskId, withRun } from '../requested-run.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, task: string, options: JsonOption) =>
    act((env) => {
      const taskId = parseTaskId(task);
      return withRun(env, run, (id) =>
        withWorkerFor(env, id, async (session) => {
          const retried = await retry(session, id, taskId);
          const text = `Retrying: ${retried.join(', ')}. Follow the run with:  leadwright watch ${id}`;
          return printRunAfter(session, id, options, text);
        }),
      );
    }),
  );
}
