import type { Command } from 'commander';
import { pauseOrResume } from '../../runs/control/run-control.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, withWorkerFor } from '../control-run.js';
import { withRun } from '../requested-run.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) =>
    act((env) =>
      withRun(env, run, (id) =>
        withWorkerFor(env, id, async (session) => {
          await pauseOrResume(session, id, 'resume');
          return printRunAfter(session, id, options, 'Resumed: the run continues in the background.');
        }),
      ),
    ),
  );
}
