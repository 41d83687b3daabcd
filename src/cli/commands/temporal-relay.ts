import type { Command } from 'commander';
import { runRelay } from '../../local-stack/temporal/relay.js';
import type { Act } from '../command.js';

export function declare(command: Command, act: Act): void {
  command.action(() =>
    act(async () => {
      // With the server's own exit code, and at once: idle connections would keep this process.
      process.exit(await runRelay());
    }),
  );
}
