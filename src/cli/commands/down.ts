import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { letStackEnd, stopStack } from '../../local-stack/hold-stack.js';
import type { Environment } from '../../shared/config.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult } from '../print/output.js';
import { pathsOf } from '../session/session.js';

interface DownOptions extends JsonOption {
  readonly now?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--now', 'at once: open runs continue when the stack is started again')
    .action((options: DownOptions) => act((env) => down(env, options)));
}

const SAID = {
  ended: 'The stack has ended.',
  working:
    'A run or a command is at work: the stack ends after it. To end it at once:  leadwright down --now',
  none: 'No stack is running.',
} as const;

async function down(env: Environment, options: DownOptions): Promise<ExitCode> {
  const { home } = pathsOf(env);
  const outcome = options.now === true ? await stopNow(home) : await letStackEnd(home);
  await printResult(options, { stack: outcome }, () => print(SAID[outcome]));
  return EXIT.completed;
}

async function stopNow(home: string): Promise<'ended' | 'none'> {
  return (await stopStack(home)) ? 'ended' : 'none';
}
