import type { Command } from 'commander';
import { runBranch } from '../../contract/names.js';
import { cancel } from '../../runs/control/run-control.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { printRunAfter, stopRun } from '../control-run.js';
import { warn } from '../print/output.js';
import { describeUnpublished } from '../unpublished-work.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, options: JsonOption) =>
    act((env) =>
      stopRun(env, run, 'cancel', async (session, id) => {
        const already = (await cancel(session, id)) === 'already';
        const unpublished = await describeUnpublished(session, id);
        if (unpublished !== null) warn(unpublished);
        const stays = unpublished === null ? ` Landed work stays on ${runBranch(id)}.` : '';
        const text = already ? `The run ${id} was already cancelled.` : `Cancelled.${stays}`;
        return printRunAfter(session, id, options, text);
      }),
    ),
  );
}
