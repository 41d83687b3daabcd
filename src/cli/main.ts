import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from '../contract/errors.js';
import { explain } from './output.js';
import { program } from './program.js';

let exitCode: ExitCode = EXIT.completed;

/** A reader that has enough (`| head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCode);
  throw error;
});

/** What is said on the way may be lost, as in a log on a full disk: it ends nothing, least of all a worker. */
process.stderr.on('error', () => undefined);

try {
  await program(process.env, async (action) => {
    exitCode = await action();
  }).parseAsync();
} catch (error) {
  exitCode = error instanceof CommanderError ? usageCode(error) : explain(error);
}

/** Help and version are what was asked for; everything else that commander throws is bad usage. */
function usageCode(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? EXIT.completed : EXIT.usage;
}

// What a command leaves behind (a pool that closes, a socket that lingers) must not hold the shell's prompt;
// what was written is flushed first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
