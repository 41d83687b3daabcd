import type { Command } from 'commander';
import { pauseOrResume, requireNotEnded } from '../../runs/control/run-control.js';
import { PAUSE_MEANS } from '../../shared/pause-words.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter } from '../control-run.js';
import { withRun } from '../requested-run.js';
import { withSession } from '../session.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) =>
    act((env) =>
      withRun(env, run, async (id, reader) => {
        await requireNotEnded(reader, id, 'pause');
        // A pause continues no work, so any worker will do, whatever its model settings.
        return withSession(
          env,
          'any',
          async (session) => {
            await pauseOrResume(session, id, 'pause');
            return printRunAfter(session, id, options, `Paused: ${PAUSE_MEANS}`);
          },
          { changesRun: true },
        );
      }),
    ),
  );
}
