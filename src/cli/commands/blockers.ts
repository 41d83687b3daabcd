import type { Command } from 'commander';
import { listOpenBlockers } from '../../db/blockers.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult } from '../print/output.js';
import { printBlockers } from '../print/print-run.js';
import { findRunId } from '../requested-run.js';
import { withReader } from '../session/session.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string | undefined, options: JsonOption) =>
    act((env) =>
      withReader(env, async (reader) => {
        const id = run === undefined ? null : await findRunId(reader, run);
        const open = await listOpenBlockers(reader.db, id);
        return printResult(options, open, () =>
          open.length === 0 ? print('No open blockers: nothing waits for you.') : printBlockers(reader, open),
        );
      }),
    ),
  );
}
