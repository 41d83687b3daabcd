import { CommanderError } from 'commander';
import { EXIT, UsageError, type ExitCode } from '../contract/errors.js';
import { exitAfterOutput, printError, printJsonError, watchStreams } from './output.js';
import { program } from './program.js';

let exitCode: number = EXIT.completed;

watchStreams(() => exitCode);

try {
  await program(process.env, async (action) => {
    exitCode = await action();
  }).parseAsync();
} catch (error) {
  exitCode = error instanceof CommanderError ? reportMisuse(error) : report(error);
}

/** Reports an error: for a person and, with `--json`, for a program. */
function report(error: unknown): ExitCode {
  if (wantsJson()) printJsonError(error);
  return printError(error);
}

/**
 * Commander throws for --help and --version too, with exit code 0; everything else it throws is bad usage, which it has
 * printed already.
 */
function reportMisuse(error: CommanderError): ExitCode {
  if (error.exitCode === 0) return EXIT.completed;
  if (wantsJson()) printJsonError(new UsageError(error.message.replace(/^error: /, '')));
  return EXIT.usage;
}

/** Whether the command line asks for JSON. It may not have been parsed. */
function wantsJson(): boolean {
  const options = process.argv.slice(2);
  const end = options.indexOf('--');
  return options.slice(0, end < 0 ? options.length : end).includes('--json');
}

exitAfterOutput(exitCode);
