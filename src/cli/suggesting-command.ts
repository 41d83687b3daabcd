import { Command, type ErrorOptions } from 'commander';

/** A command that suggests the options that begin like an unknown one, such as `--budget-usd` for `--budget`. */
export class SuggestingCommand extends Command {
  override createCommand(name?: string): SuggestingCommand {
    return new SuggestingCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    const isUnknown = options?.code === 'commander.unknownOption';
    return super.error(isUnknown ? `${message}${this.#suggestion(message)}` : message, options);
  }

  /** Commander itself suggests only options of nearly the same length. */
  #suggestion(message: string): string {
    const typed = /^error: unknown option '(--[^'=]+)[^']*'$/.exec(message)?.[1];
    if (typed === undefined) return '';
    const longer = this.options.flatMap(({ long }) => (long?.startsWith(typed) === true ? [long] : []));
    if (longer.length === 0) return '';
    return `\n(Did you mean ${longer.length === 1 ? '' : 'one of '}${longer.join(', ')}?)`;
  }
}
