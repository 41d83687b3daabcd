/** Running a person's own command, to tell them. */
import { randomUUID } from 'node:crypto';
import type { Environment } from '../shared/config.js';
import { runCommand } from '../sandbox/run-command.js';
import { isNeverPassed } from '../sandbox/command-environment.js';
import { oneLine } from '../results/test-summary.js';

export interface CommandNotification {
  readonly command: string;
  /** The root of the person's repository. */
  readonly folder: string;
  /** What it reads on stdin. */
  readonly input: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** A command that sends a message takes seconds; a minute also covers a slow network. */
const LIMIT_MS = 60_000;
/** Only its last line is ever looked at. */
const OUTPUT_BYTES = 64 * 1024;

/** Runs it once. Null when it succeeded, else why not. */
export async function runNotifyCommand({
  command,
  folder,
  input,
  env,
  signal,
}: CommandNotification): Promise<string | null> {
  const { ended, exitCode, output } = await runCommand({
    command,
    folder,
    sharedFolder: true,
    input,
    id: `notice-${randomUUID()}`,
    env: notifyEnvironment(env),
    timeoutMs: LIMIT_MS,
    outputLimitBytes: OUTPUT_BYTES,
    signal,
  });
  signal.throwIfAborted();
  if (exitCode === 0) return null;
  const said = oneLine(output);
  return `The command of on_blocker ${describeEnding(ended, exitCode)}${said === '' ? '' : `: ${said}`}`;
}

function describeEnding(ended: string, exitCode: number | null): string {
  if (ended === 'timeout') return `was ended after ${LIMIT_MS / 1000} s`;
  return exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`;
}

/**
 * The person's own environment, which their command may need (PATH, HOME, a proxy, an agent's socket), without our
 * secrets and addresses; where Leadwright keeps its state is told, so that the command can ask for more.
 */
export function notifyEnvironment(env: Environment): Record<string, string> {
  const own = Object.entries(env).filter(([name]) => !isNeverPassed(name) && !/^CLAUDE_/.test(name));
  const home = env['LEADWRIGHT_HOME'];
  return {
    ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    ...(home === undefined ? {} : { LEADWRIGHT_HOME: home }),
  };
}
