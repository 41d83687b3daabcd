import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../contract/errors.js';
import {
  runProcess,
  startProcess,
  type Child,
  type Ending,
  type ProcessCommand,
} from '../../shared/process/child-process.js';
import { gitEnvironment, ISOLATION_ARGUMENTS } from './git-environment.js';
import { GitError } from './git-errors.js';

export interface GitCommand {
  /** The git folder, or null to let git discover it from `cwd`. */
  readonly gitDir: string | null;
  /** Options for git itself, before the subcommand (`-c name=value`). */
  readonly options?: readonly string[];
  /** Subcommand and its arguments. */
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** Variables in addition to the isolated environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
  /** Bytes of memory that it may allocate. No limit by default. */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface GitRun extends GitCommand {
  /** Text for its standard input. */
  readonly input?: Buffer | string;
  /** Exit codes that are accepted; any other throws a GitError. Default: only 0. */
  readonly accept?: readonly number[];
  readonly maxOutputBytes?: number;
}

export interface GitOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const INSTALL_GIT = 'Install git 2.39 or newer and make sure that it is on PATH.';

/** Starts git, isolated from hooks, filters, configuration, network and terminal. The caller must read its stdout. */
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
    memoryBytes: command.memoryBytes,
    signal: command.signal,
    fix: INSTALL_GIT,
  };
}

/**
 * Runs git to completion and returns its output.
 *
 * @throws GitError for an exit code that is not accepted
 * @throws ProcessTimeoutError after `timeLimitMs`
 * @throws ProcessOutputError when git prints more than `maxOutputBytes`
 * @throws EnvironmentError when git is not installed
 * @throws the signal's reason after an abort
 */
export async function runGit(run: GitRun): Promise<GitOutput> {
  const { input, maxOutputBytes, accept = [0] } = run;
  const ending = await runProcess({ ...isolated(run), input, maxOutputBytes });
  const { exitCode, stdout, stderr } = ending;
  if (exitCode === null || !accept.includes(exitCode)) throw exitError(commandName(run), ending);
  return { exitCode, stdout, stderr };
}

/**
 * Pipes the output of one process into another and waits for both. Throws when one failed: the writer's failure
 * first, since it makes the reader fail. A reader may exit early with success (tar stops at the archive's end mark,
 * before its padding). The writer's broken pipe is then ignored.
 */
export async function pipeChildren(from: NamedChild, to: NamedChild): Promise<void> {
  to.child.stdout.resume();
  const readerExitedEarly = pipeline(from.child.stdout, to.child.stdin).then(
    () => false,
    () => {
      // The writer would wait forever on a pipe that nobody reads.
      from.child.kill();
      return true;
    },
  );
  await Promise.allSettled([from.child.ended, to.child.ended, readerExitedEarly]);
  if (await readerExitedEarly) {
    // Report the reader's own failure, not that of the writer whose pipe it closed.
    await requireSuccess(to);
    return;
  }
  await requireSuccess(from);
  await requireSuccess(to);
}

export interface NamedChild {
  readonly name: string;
  readonly child: Child;
}

/** The oldest git that has both `merge-tree --write-tree` and `cat-file --batch-command`. */
const MIN_VERSION = { major: 2, minor: 39 } as const;

/** Throws an EnvironmentError when git is missing or too old. */
export async function checkGitVersion(timeLimitMs: number): Promise<void> {
  const { stdout } = await runGit({ gitDir: null, args: ['version'], timeLimitMs });
  const text = stdout.toString('utf8').trim();
  const found = /(\d+)\.(\d+)/.exec(text);
  const [major, minor] = [Number(found?.[1]), Number(found?.[2])];
  if (major > MIN_VERSION.major || (major === MIN_VERSION.major && minor >= MIN_VERSION.minor)) return;
  throw new EnvironmentError(`git is too old (${text})`, INSTALL_GIT);
}

/** The error for an exit of `command` that is not accepted. */
export function exitError(command: string, ending: Ending): GitError {
  return new GitError(command, ending.exitCode, ending.stderr);
}

function commandName(command: GitCommand): string {
  return `git ${command.args[0] ?? ''}`;
}

async function requireSuccess({ name, child }: NamedChild): Promise<void> {
  const ending = await child.ended;
  if (ending.exitCode !== 0) throw exitError(name, ending);
}
