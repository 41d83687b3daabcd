/** The parts of a command: an entry in the list of commands, and a module that is loaded when the command is used. */
import type { Command } from 'commander';
import type { Environment } from '../shared/config.js';

/** Runs a command's action; its exit code becomes that of the process: an ExitCode, or that of a command that it ran. */
export type Act = (action: (env: Environment) => Promise<number>) => Promise<void>;

/** A command's module: one file in `commands/`. */
export interface CommandModule {
  /**
   * Declares the command's options and examples, and hands its action to `act`.
   * @param entries all commands
   */
  readonly declare: (command: Command, act: Act, entries: readonly CommandEntry[]) => void;
}

/** A command in the list. `leadwright --help` needs only this, so it loads no module and stays fast. */
export interface CommandEntry {
  /** Its name and arguments, such as `show <run> [task]`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly description: string;
  /** Not listed in the help: started by Leadwright itself. */
  readonly hidden?: true;
  readonly load: () => Promise<CommandModule>;
}

export interface JsonOption {
  readonly json?: boolean;
}

/** Adds `--json`, the option of every command that prints a result. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print the result as JSON on stdout; everything else goes to stderr');
}

/** Adds examples below a command's help. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
