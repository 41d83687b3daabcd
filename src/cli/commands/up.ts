import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { endpointOf, hasModel } from '../../model/endpoint.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { checkFleet } from '../doctor/check-fleet.js';
import type { Finding } from '../doctor/finding.js';
import { untilInterrupted } from '../following.js';
import { print, printJson, say } from '../output.js';
import { withSession, type Session } from '../session.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((options: JsonOption) =>
    act((env) => untilInterrupted((signal) => keepUp(env, options, signal))),
  );
}

/** Keeps the stack and a worker running until Ctrl-C; starts the stack again when it is lost. */
async function keepUp(env: Environment, options: JsonOption, signal: AbortSignal): Promise<ExitCode> {
  for (let first = true; ; first = false) {
    const lost = await withSession(env, 'model', async ({ hold }) => {
      if (first) announce(hold, await checkFleet(env), options);
      else say(`Leadwright is up again.\n  dashboard    ${hold.notifierUrl}/`);
      if (first && !hasModel(endpointOf(env))) {
        say('No ANTHROPIC_API_KEY is set: only the scripted example can run.');
      }
      const left = new Promise<null>((resolve) => {
        if (signal.aborted) resolve(null);
        signal.addEventListener('abort', () => resolve(null));
      });
      return Promise.race([left, hold.lost]);
    });
    if (lost === null) return EXIT.completed;
    say(`The stack was lost (${lost.message.replace(/\.$/, '')}); starting it again.`);
  }
}

function announce(hold: Session['hold'], fleet: readonly Finding[], { json }: JsonOption): void {
  const dashboard = `${hold.notifierUrl}/`;
  const { uiUrl } = hold.temporal;
  if (json === true) {
    printJson({ dashboard, temporal: uiUrl });
    for (const { what, said, fix } of fleet) say(`${what}: ${said} ${fix ?? ''}`.trimEnd());
    return;
  }
  print(
    'Leadwright is up. Stop it with Ctrl-C; the next `leadwright up` continues runs that are still open.',
  );
  print(`  dashboard    ${dashboard}`);
  if (uiUrl !== null) print(`  Temporal UI  ${uiUrl}`);
  for (const { what, said, fix } of fleet) print(`  ${what.padEnd(12)} ${said}. ${fix ?? ''}`.trimEnd());
}
