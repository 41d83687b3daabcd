import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { endpointOf, endpointProblem } from '../../model/endpoint.js';
import { keepStack, StackStoppedError } from '../../local-stack/hold-stack.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { checkFleet } from '../doctor/check-fleet.js';
import type { Finding } from '../doctor/finding.js';
import { untilInterrupted } from '../session/until-interrupted.js';
import { signInLink } from '../print/dashboard-link.js';
import { print, printJson, say, terminalOf } from '../print/output.js';
import { withSession, type Session } from '../session/session.js';

interface UpOptions extends JsonOption {
  readonly detach?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--detach', 'return once it is up; `leadwright down` stops it')
    .action((options: UpOptions) =>
      act((env) =>
        options.detach === true
          ? startDetached(env, options)
          : untilInterrupted((signal) => keepUp(env, options, signal)),
      ),
    );
  addExamples(command, 'leadwright up', 'leadwright up --detach && leadwright run --detach');
}

async function startDetached(env: Environment, options: JsonOption): Promise<ExitCode> {
  return withSession(env, 'model', async (session) => {
    await keepStack(session.paths.home);
    await announce(session, await checkFleet(env), options, DETACHED);
    warnWithoutModel(env);
    return EXIT.completed;
  });
}

/**
 * Keeps the stack and a worker running until Ctrl-C or `down`. Starts the stack again when it is lost in another way.
 */
async function keepUp(env: Environment, options: JsonOption, signal: AbortSignal): Promise<ExitCode> {
  for (let first = true; !signal.aborted; first = false) {
    const use = async (session: Session): Promise<Error | null> => {
      // The command was interrupted while the stack started.
      if (signal.aborted) return null;
      const { hold } = session;
      if (first) await announce(session, await checkFleet(env), options, hold.isKept ? KEPT : ATTACHED);
      else say(`Leadwright is up again.\n  dashboard    ${hold.notifierUrl}/`);
      if (first) warnWithoutModel(env);
      const left = new Promise<null>((resolve) => {
        if (signal.aborted) resolve(null);
        signal.addEventListener('abort', () => resolve(null));
      });
      return Promise.race([left, hold.lost]);
    };
    const lost = await withSession(env, 'model', use, { standing: true, signal });
    if (lost === null) return EXIT.completed;
    if (lost instanceof StackStoppedError) {
      say(`${lost.message} ${lost.fix}`);
      return EXIT.completed;
    }
    say(`The stack was lost (${lost.message.replace(/\.$/, '')}); starting it again.`);
  }
  return EXIT.completed;
}

function warnWithoutModel(env: Environment): void {
  const problem = endpointProblem(endpointOf(env));
  if (problem !== null) say(`${problem.message}. Only the scripted example can run. ${problem.fix}`);
}

const ATTACHED =
  'Leadwright is up. Stop it with Ctrl-C; the next `leadwright up` continues runs that are still open.';
const KEPT =
  'Leadwright is up, and stays up when this command ends, as `leadwright up --detach` has started it. Stop it with:  leadwright down';
const DETACHED = 'Leadwright is up. Stop it with:  leadwright down';

async function announce(
  session: Session,
  fleet: readonly Finding[],
  { json }: JsonOption,
  howToStop: string,
): Promise<void> {
  const { hold } = session;
  const dashboard = `${hold.notifierUrl}/`;
  const { uiUrl } = hold.temporal;
  if (json === true) {
    printJson({ dashboard, temporal: uiUrl });
    for (const { what, said, fix } of fleet) say(`${what}: ${said} ${fix ?? ''}`.trimEnd());
    return;
  }
  print(howToStop);
  print(`  dashboard    ${terminalOf('stdout') === null ? dashboard : await signInLink(session)}`);
  if (uiUrl !== null) print(`  Temporal UI  ${uiUrl}`);
  for (const { what, said, fix } of fleet) print(`  ${what.padEnd(12)} ${said}. ${fix ?? ''}`.trimEnd());
}
