import { totalmem } from 'node:os';
import { runCommand } from '../run-command.js';
import { copyLayer } from '../setup-cache/layer-files.js';
import { makeScratchFolder } from '../scratch-folder.js';
import { limitsFor } from '../limits/command-limits.js';
import type { Runner } from './runner.js';
import { shellQuote } from '../../shared/process/shell.js';
import { unpack } from './unpack.js';

/**
 * Creates a runner without a sandbox: commands run in their own process group, with a filtered environment and with
 * limits on time and output.
 * @param why the reason for running without a sandbox
 */
export function createProcessGroupRunner(why: string): Runner {
  return {
    describe: () => ({
      kind: 'process-group',
      summary:
        'commands run in a process group of their own, with a filtered environment and limits on time, output ' +
        'and each process',
      warning:
        `Tests run without a sandbox (${why}): what the model writes runs as you, and can read your files ` +
        'and reach the network. Use a machine or a container that holds nothing of value.',
      gaps: [],
    }),
    visibleFolders: (scratch) => scratch,
    run: async ({ source, commit, layer, scratch, ...request }) => {
      await makeScratchFolder(scratch);
      await unpack(source.archive(commit, request.signal), scratch.tree);
      if (layer !== null) await copyLayer(layer, scratch, scratch, request.signal);
      const command = addUlimits(request.command, request.timeoutMs);
      return runCommand({ ...request, command, folder: scratch.tree, id: scratch.id });
    },
  };
}

/** Adds kernel limits for each process to a command. Limits that the system does not support are skipped. */
function addUlimits(command: string, timeoutMs: number): string {
  const { memoryBytes, openFiles, processors } = limitsFor(totalmem());
  const limits = [
    '-c 0',
    `-n ${openFiles}`,
    `-t ${Math.ceil((timeoutMs * processors) / 1000)}`,
    `-d ${Math.floor(memoryBytes / 1024)}`,
  ];
  const set = limits.map((limit) => `ulimit ${limit} 2>/dev/null`).join('; ');
  return `${set}; exec /bin/sh -c ${shellQuote(command)}`;
}
