import type { Command } from 'commander';
import { requireNotEnded, resume } from '../../runs/control/run-control.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, withWorkerFor } from '../control-run.js';
import { withRun } from '../requested-run.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) =>
    act((env) =>
      withRun(env, run, (id) =>
        withWorkerFor(
          env,
          id,
          async (session) => {
            const was = await resume(session, id);
            const what =
              was === 'cancelled'
                ? 'The cancelled run has its open tasks and questions again, and'
                : 'Resumed: the run';
            return printRunAfter(session, id, options, `${what} continues in the background.`);
          },
          (db) => requireNotEnded({ db }, id, 'resume'),
        ),
      ),
    ),
  );
}
