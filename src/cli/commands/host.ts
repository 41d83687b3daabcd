import type { Command } from 'commander';
import { EXIT } from '../../contract/errors.js';
import { migrate } from '../../db/migrate.js';
import { hasOpenWork } from '../../db/open-work.js';
import { runHost } from '../../local-stack/host/run-host.js';
import { WAIT_OPTION } from '../../local-stack/child-commands.js';
import { untilBegun } from '../../local-stack/host-process.js';
import { homeFolder } from '../../shared/config.js';
import type { Act } from '../command.js';

interface HostOptions {
  readonly wait?: boolean;
}

export function declare(command: Command, act: Act): void {
  command.option(WAIT_OPTION, 'begin when the standard input says so').action((options: HostOptions) =>
    act(async (env) => {
      if (options.wait === true && !(await untilBegun(process.stdin))) return EXIT.completed;
      await runHost({ home: homeFolder(env), env, migrate, hasOpenWork });
      return EXIT.completed;
    }),
  );
}
