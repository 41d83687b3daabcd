/** Builds the command line from the list of commands. */
import type { Command } from 'commander';
import { homeFolder, type Environment } from '../shared/config.js';
import { redactedLog } from '../redaction/redacted-log.js';
import { packageVersion } from '../shared/files/package-root.js';
import { makeHomePrivate } from '../shared/files/private-folder.js';
import type { Act, CommandEntry } from './command.js';
import { COMMANDS } from './commands/index.js';
import { writeText } from './print/output.js';
import { SuggestingCommand } from './suggesting-command.js';

const EXIT_CODES = `
Exit codes:
  0  the run is completed; or the command succeeded
  1  the run ended in another state, or waits for a person
  2  bad usage or an invalid plan; every problem is listed
  3  the environment is not ready; the message says how to fix it
  4  the run was cancelled`;

/**
 * Creates the program. A command's module, which declares its options, is loaded only when the command is used.
 * @param done receives the action of the chosen command
 */
export function program(env: Environment, done: (action: () => Promise<number>) => Promise<void>): Command {
  const root = new SuggestingCommand('leadwright')
    .description(
      'Runs teams of coding agents on your repository: durable, tested, and visible while it happens.',
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: writeText,
      // Commander quotes what was typed, which a script may have taken from elsewhere.
      writeErr: (text) => redactedLog.write(text),
    })
    .showHelpAfterError('(--help lists commands and options)')
    .addHelpText('after', EXIT_CODES)
    // Commander's own `help` would print a command without its options, because its module is not loaded.
    .helpCommand(false);
  const act: Act = (action) =>
    done(async () => {
      // Here, because every use of a home begins with a command.
      await makeHomePrivate(homeFolder(env));
      return action(env);
    });
  const entries = new Map<Command, CommandEntry>();
  for (const { heading, commands } of COMMANDS) {
    for (const entry of commands) {
      const command = root.command(entry.usage, { hidden: entry.hidden === true }).helpGroup(heading);
      command.showHelpAfterError(`(--help explains:  ${root.name()} ${command.name()} ${command.usage()})`);
      entries.set(command.description(entry.description), entry);
    }
  }
  root
    .command('help [command]')
    .helpGroup('Other commands:')
    .description('show the arguments and options of a command')
    .action(async (name?: string) => {
      const isUnknown = name !== undefined && root.commands.every((command) => command.name() !== name);
      // Commander refuses an unknown command, but not beside --help.
      const words = [...(name === undefined ? [] : [name]), ...(isUnknown ? [] : ['--help'])];
      await root.parseAsync(words, { from: 'user' });
    });
  return root.hook('preSubcommand', async (_root, command) => {
    const module = await entries.get(command)?.load();
    module?.declare(command, act, [...entries.values()]);
  });
}
