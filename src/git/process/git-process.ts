import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../contract/errors.js';
import {
  runProcess,
  startProcess,
  type Child,
  type Ending,
  type ProcessCommand,
} from '../../shared/child-process.js';
import { gitEnvironment, ISOLATION_ARGUMENTS } from './git-environment.js';
import { GitError } from './git-errors.js';

export interface GitCommand {
  /** The git folder, or null to let git look for it from `cwd`. */
  readonly gitDir: string | null;
  /** Options for git itself, before the subcommand (`-c name=value`). */
  readonly options?: readonly string[];
  /** Subcommand and its arguments. */
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** Variables beside the isolated environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface GitRun extends GitCommand {
  /** Written to its standard input. */
  readonly input?: Buffer | string;
  /** Exit codes that are answers; any other throws a GitError. Only 0 when not given. */
  readonly accept?: readonly number[];
  readonly maxOutputBytes?: number;
}

export interface GitOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const INSTALL_GIT = 'Install git 2.39 or newer and make sure that it is on PATH.';

/** Starts git, isolated from hooks, filters, config, network and terminal. The caller reads its stdout. */
export function startGit(command: GitCommand): Child {
  return startProcess(isolated(command));
}

function isolated(command: GitCommand): ProcessCommand {
  const folder = command.gitDir === null ? [] : [`--git-dir=${command.gitDir}`];
  return {
    command: 'git',
    args: [...ISOLATION_ARGUMENTS, ...folder, ...(command.options ?? []), ...command.args],
    env: gitEnvironment(command.env),
    cwd: command.cwd,
    timeLimitMs: command.timeLimitMs,
    signal: command.signal,
    fix: INSTALL_GIT,
  };
}

/**
 * Runs git to its end and gives what it printed. Throws GitError for an exit code that is not accepted,
 * ProcessTimeoutError, ProcessOutputError, the signal's reason, or an EnvironmentError when there is no git.
 */
export async function runGit(run: GitRun): Promise<GitOutput> {
  const { input, maxOutputBytes, accept = [0] } = run;
  const ending = await runProcess({ ...isolated(run), input, maxOutputBytes });
  const { exitCode, stdout, stderr } = ending;
  if (exitCode === null || !accept.includes(exitCode)) throw endingError(commandName(run), ending);
  return { exitCode, stdout, stderr };
}

/**
 * Connects two processes, waits for both, and throws when one failed: the writer's failure first, which is what
 * makes its reader fail. A reader that succeeds and leaves early had all it wanted (tar stops at the archive's
 * end mark, before its padding): what that does to the writer is no failure.
 */
export async function pipeChildren(from: NamedChild, to: NamedChild): Promise<void> {
  to.child.stdout.resume();
  const readerLeft = pipeline(from.child.stdout, to.child.stdin).then(
    () => false,
    () => {
      // The writer would wait for ever on a pipe that nobody reads.
      from.child.kill();
      return true;
    },
  );
  await Promise.allSettled([from.child.ended, to.child.ended, readerLeft]);
  if (await readerLeft) {
    // Its own reason, not that of the writer whose pipe it closed.
    await demandSuccess(to);
    return;
  }
  await demandSuccess(from);
  await demandSuccess(to);
}

export interface NamedChild {
  readonly name: string;
  readonly child: Child;
}

/** The oldest git whose `merge-tree --write-tree` and `cat-file --batch-command` are both there. */
const OLDEST = { major: 2, minor: 39 } as const;

/** Throws an EnvironmentError when git is missing or too old. */
export async function checkGitVersion(timeLimitMs: number): Promise<void> {
  const { stdout } = await runGit({ gitDir: null, args: ['version'], timeLimitMs });
  const text = stdout.toString('utf8').trim();
  const found = /(\d+)\.(\d+)/.exec(text);
  const [major, minor] = [Number(found?.[1]), Number(found?.[2])];
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new EnvironmentError(`git is too old (${text})`, INSTALL_GIT);
}

/** What an unexpected end of `command` is thrown as. */
export function endingError(command: string, ending: Ending): GitError {
  return new GitError(command, ending.exitCode, ending.stderr);
}

function commandName(command: GitCommand): string {
  return `git ${command.args[0] ?? ''}`;
}

async function demandSuccess({ name, child }: NamedChild): Promise<void> {
  const ending = await child.ended;
  if (ending.exitCode !== 0) throw endingError(name, ending);
}
