import { mkdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { setupOf } from '../../activities/support/judge-commit.js';
import { EnvironmentError } from '../../contract/errors.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { asTerminalText } from '../../results/neutral-output.js';
import { runOnCommit, type CommitRun } from '../../sandbox/run-on-commit.js';
import { chooseRunner } from '../../sandbox/runners/choose-runner.js';
import type { Environment } from '../../shared/config.js';
import { quoteIfNeeded } from '../../shared/process/shell.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { untilInterrupted } from '../session/until-interrupted.js';
import { printJson, printOn, say, terminalOf, warn, writeExactly, type Stream } from '../print/output.js';
import { parseTaskId, withRun } from '../requested-run.js';
import type { Reader } from '../session/session.js';
import { withNewestCommit } from '../task-commit.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, task: string, words: string[], options: JsonOption) =>
    act((env) => {
      const taskId = parseTaskId(task);
      return withRun(env, run, (id, reader) => exec(env, reader, { id, taskId, words }, options));
    }),
  );
  command.exitOverride((error) => {
    // What was not known is probably an option of the command that is to run, unless its place is marked already.
    if (error.code === 'commander.unknownOption' && !process.argv.includes('--'))
      say('(options of the command come after --: leadwright exec RUN TASK -- ls -la)');
    throw error;
  });
  addExamples(
    command,
    'leadwright exec shop-k3x9pq cart -- npm test',
    "leadwright exec shop-k3x9pq cart -- 'ls -l src && cat src/cart.ts'",
  );
}

/** A person watches the command and can end it with Ctrl-C; the limit ends one that was forgotten. */
const TIMEOUT_MS = 24 * 60 * 60_000;

/** What a shell reports for a command that Ctrl-C ended, and for one that was killed. */
const INTERRUPTED = 130;
const KILLED = 137;

interface Wanted {
  readonly id: RunId;
  readonly taskId: TaskId;
  readonly words: readonly string[];
}

async function exec(
  env: Environment,
  reader: Reader,
  { id, taskId, words }: Wanted,
  { json }: JsonOption,
): Promise<number> {
  const { paths } = reader;
  const [only = '', ...others] = words;
  // One word may be a whole command line, as for a shell; several are a command and its arguments.
  const command = others.length === 0 ? only : words.map(quoteIfNeeded).join(' ');
  const runner = await chooseRunner(env);
  const { warning } = runner.describe();
  if (warning !== null) warn(warning);
  await mkdir(paths.trees, { recursive: true, mode: 0o700 });
  await mkdir(paths.setupLayers, { recursive: true, mode: 0o700 });
  return withNewestCommit(reader, id, taskId, ({ store, run, commit }) =>
    untilInterrupted(async (signal) => {
      const shown = passOn(json === true ? 'stderr' : 'stdout');
      try {
        const done = await runOnCommit({
          runner,
          source: store,
          commit,
          treesFolder: paths.trees,
          setup: setupOf({ paths }, run),
          command,
          environment: { host: env, allow: run.plan.env },
          timeoutMs: TIMEOUT_MS,
          signal,
          onOutput: shown.add,
        });
        shown.end();
        requireSetup(done);
        const { verdict, result } = done;
        const { exitCode, ended, ms, output } = result;
        if (json === true) printJson({ runId: id, taskId, commit, command, exitCode, ended, ms, output });
        else if (ended !== 'exited') say(`The command was stopped: ${verdict.reason}.`);
        return exitCode ?? KILLED;
      } catch (error) {
        if (!signal.aborted) throw error;
        say('Stopped.');
        return INTERRUPTED;
      }
    }),
  );
}

/** Passes output on as it comes: byte for byte into a file or a pipe, otherwise by lines that cannot act on a terminal. */
function passOn(stream: Stream): { readonly add: (chunk: Buffer) => void; readonly end: () => void } {
  if (stream === 'stdout' && terminalOf('stdout') === null)
    return { add: writeExactly, end: () => undefined };
  const decoder = new TextDecoder();
  let rest = '';
  const show = (text: string) => printOn(stream, asTerminalText(text));
  return {
    add: (chunk) => {
      const text = rest + decoder.decode(chunk, { stream: true });
      const end = text.lastIndexOf('\n');
      rest = text.slice(end + 1);
      if (end >= 0) show(text.slice(0, end));
    },
    end: () => {
      if (rest !== '') show(rest);
    },
  };
}

/** @throws EnvironmentError when the set-up failed, so that the command did not run */
function requireSetup({ stage, command, verdict, result }: CommitRun): void {
  if (stage !== 'setup') return;
  throw new EnvironmentError(
    `The set-up (${command}) failed: ${verdict.reason}\n${asTerminalText(result.output).trimEnd()}`,
    'Fix what it reports. Its command is `setup` in the plan.',
  );
}
