import type { Command } from 'commander';
import { runBranch } from '../../contract/names.js';
import { cancel } from '../../runs/control/run-control.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, stopRun } from '../control-run.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) =>
    act((env) =>
      stopRun(env, run, 'cancel', async (session, id) => {
        const text =
          (await cancel(session, id)) === 'already'
            ? `The run ${id} was already cancelled.`
            : `Cancelled. Landed work stays on ${runBranch(id)}.`;
        return printRunAfter(session, id, options, text);
      }),
    ),
  );
}
