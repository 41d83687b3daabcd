import type { Command } from 'commander';
import { pauseOrResume } from '../../runs/control/run-control.js';
import { PAUSE_MEANS } from '../../shared/words/pause-words.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, stopRun } from '../control-run.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) =>
    act((env) =>
      stopRun(env, run, 'pause', async (session, id) => {
        await pauseOrResume(session, id, 'pause');
        return printRunAfter(session, id, options, `Paused: ${PAUSE_MEANS}`);
      }),
    ),
  );
}
