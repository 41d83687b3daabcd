import type { Command } from 'commander';
import { runBranch } from '../../contract/names.js';
import { cancel, requireNotEnded } from '../../runs/control/run-control.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter } from '../control-run.js';
import { withRun } from '../requested-run.js';
import { withSession } from '../session.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) =>
    act((env) =>
      withRun(env, run, async (id, reader) => {
        await requireNotEnded(reader, id, 'cancel');
        // Any worker can stop running tasks, whatever its model settings.
        return withSession(
          env,
          'any',
          async (session) => {
            const text =
              (await cancel(session, id)) === 'already'
                ? `The run ${id} was already cancelled.`
                : `Cancelled. Landed work stays on ${runBranch(id)}.`;
            return printRunAfter(session, id, options, text);
          },
          { changesRun: true },
        );
      }),
    ),
  );
}
