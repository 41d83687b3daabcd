import type { Command } from 'commander';
import { EXIT } from '../../contract/errors.js';
import { migrate } from '../../db/migrate.js';
import { hasOpenWork } from '../../db/open-work.js';
import { runHost } from '../../local-stack/host/run-host.js';
import { homeFolder } from '../../shared/config.js';
import type { Act } from '../command.js';

export function declare(command: Command, act: Act): void {
  command.action(() =>
    act(async (env) => {
      await runHost({ home: homeFolder(env), env, migrate, hasOpenWork });
      return EXIT.completed;
    }),
  );
}
