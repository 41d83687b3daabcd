import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from '../contract/errors.js';
import { printError } from './output.js';
import { program } from './program.js';

let exitCode: ExitCode = EXIT.completed;

// A reader that closes the pipe early (`| head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCode);
  throw error;
});

// A failed write of progress (a log on a full disk, say) must not end a command, least of all a worker.
process.stderr.on('error', () => undefined);

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

// Handles that are still open (a connection pool, a socket) must not keep the process alive. Flush the output first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
