import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from '../contract/errors.js';
import { exitAfterOutput, printError, watchStreams } from './output.js';
import { program } from './program.js';

let exitCode: ExitCode = EXIT.completed;

watchStreams(() => exitCode);

try {
  await program(process.env, async (action) => {
    exitCode = await action();
  }).parseAsync();
} catch (error) {
  exitCode = error instanceof CommanderError ? usageCode(error) : printError(error);
}

/** Commander throws for --help and --version too, with exit code 0; everything else it throws is bad usage. */
function usageCode(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? EXIT.completed : EXIT.usage;
}

exitAfterOutput(exitCode);
