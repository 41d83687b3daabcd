import { Command, type Argument, type Option } from 'commander';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { addExamples, type Act, type CommandEntry } from '../command.js';
import {
  completionScript,
  SHELLS,
  type ArgumentKind,
  type CompletedCommand,
  type CompletedOption,
  type Shell,
} from '../completion-scripts.js';
import { writeText } from '../print/output.js';

export function declare(command: Command, act: Act, entries: readonly CommandEntry[]): void {
  // Declared in its usage, but the shells are known here only.
  const [shell] = command.registeredArguments;
  shell?.choices(SHELLS);
  command.action((name: Shell) => act(() => completion(name, entries)));
  addExamples(
    command,
    'source <(leadwright completion bash)',
    'leadwright completion zsh > "${fpath[1]}/_leadwright"',
    'leadwright completion fish > ~/.config/fish/completions/leadwright.fish',
  );
}

async function completion(shell: Shell, entries: readonly CommandEntry[]): Promise<ExitCode> {
  const shown = entries.filter(({ hidden }) => hidden !== true);
  writeText(completionScript(shell, await Promise.all(shown.map(describe))));
  return EXIT.completed;
}

async function describe(entry: CommandEntry): Promise<CompletedCommand> {
  const command = new Command().command(entry.usage);
  const module = await entry.load();
  module.declare(command, () => Promise.resolve(), []);
  return {
    name: command.name(),
    description: entry.description,
    options: command.options.flatMap(optionOf),
    kinds: command.registeredArguments.map(kindOf),
  };
}

function optionOf({ long, flags, description, argChoices }: Option): CompletedOption[] {
  if (long === undefined) return [];
  return [{ flag: long, description, values: argChoices ?? (flags.endsWith(' <run>') ? 'runs' : null) }];
}

function kindOf(argument: Argument): ArgumentKind {
  switch (argument.name()) {
    case 'run':
      return 'runs';
    case 'task':
      return 'tasks';
    case 'blocker':
      return 'blockers';
    default:
      return null;
  }
}
