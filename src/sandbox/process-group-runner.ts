import { runCommand } from './command.js';
import { layLayer } from './layer-files.js';
import type { Runner } from './runner.js';
import { unpack } from './unpack.js';

/**
 * A process group of its own, with a scrubbed environment and limits on time and output: no sandbox.
 * @param why there is none
 */
export function processGroupRunner(why: string): Runner {
  return {
    describe: () => ({
      kind: 'process-group',
      summary:
        'commands run in a process group of their own, with a scrubbed environment, time and output limits',
      warning:
        `Tests run without a sandbox (${why}): what the model writes runs as you, and can read your files ` +
        'and reach the network. Use a machine or a container that holds nothing of value.',
      gaps: [],
    }),
    inside: (place) => place,
    run: async ({ source, commit, layer, place, ...request }) => {
      await unpack(source.archive(commit, request.signal), place.tree);
      if (layer !== null) await layLayer(layer, place, place, request.signal);
      return runCommand({ ...request, folder: place.tree, id: place.id });
    },
  };
}
