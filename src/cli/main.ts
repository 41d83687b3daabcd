import { CommanderError } from 'commander';
import { EXIT, UsageError, type ExitCode } from '../contract/errors.js';
import { homeFolder } from '../shared/config.js';
import { explainUnavailable } from './session/explain-unavailable.js';
import { explainFullDisk } from './session/full-disk.js';
import { exitAfterOutput, printError, printJsonError, watchStreams } from './print/output.js';
import { program } from './program.js';

let exitCode: number = EXIT.completed;

watchStreams(() => exitCode);

/** Settles when the command has ended and its output is being written, after which the process exits. */
export const ended: Promise<void> = run();

async function run(): Promise<void> {
  try {
    await program(process.env, async (action) => {
      exitCode = await action();
    }).parseAsync();
  } catch (error) {
    exitCode = error instanceof CommanderError ? reportMisuse(error) : await report(error);
  }
  exitAfterOutput(exitCode);
}

/** Names the service that does not answer, and the full disk, behind an error, if there is one. */
async function explain(error: unknown): Promise<unknown> {
  const explained = await explainUnavailable(error);
  try {
    return await explainFullDisk(explained, homeFolder());
  } catch {
    // The home may be what cannot be found.
    return explained;
  }
}

/** Reports an error: for a person and, with `--json`, for a program. */
async function report(error: unknown): Promise<ExitCode> {
  const explained = await explain(error);
  if (wantsJson()) printJsonError(explained);
  return printError(explained);
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
