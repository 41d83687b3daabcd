/** Notifies a person by running their own command. */
import { randomUUID } from 'node:crypto';
import type { Environment } from '../shared/config.js';
import { runCommand } from '../sandbox/run-command.js';
import { readProvider } from '../model/providers.js';
import { isNeverPassed, isOwnVariable } from '../sandbox/command-environment.js';
import { explainEnd } from '../results/test-summary.js';

export interface CommandNotification {
  readonly command: string;
  /** The plan's option that names the command. */
  readonly option: 'on_blocker' | 'on_end';
  /** The root of the person's repository. */
  readonly folder: string;
  /** The notification as JSON, written to the command's stdin. */
  readonly input: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** A command that sends a message takes seconds; a minute also covers a slow network. */
const LIMIT_MS = 60_000;
/** How much of the output is kept; only its last line is used. */
const OUTPUT_BYTES = 64 * 1024;

/** Runs the command once. @returns null when it succeeded, else a sentence with the reason */
export async function runNotifyCommand({
  command,
  option,
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
  return explainEnd(
    { exitCode, reason: `The command of ${option} ${describeEnding(ended, exitCode)}` },
    output,
  );
}

function describeEnding(ended: string, exitCode: number | null): string {
  if (ended === 'timeout') return `was ended after ${LIMIT_MS / 1000} s`;
  return exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`;
}

/**
 * The environment of the command: the person's own, which it may need (PATH, HOME, a proxy, an agent's socket), without
 * Leadwright's secrets and addresses, which include a cloud's credentials when the model is called with them. LEADWRIGHT_HOME
 * stays, so that the command can call `leadwright`.
 */
export function notifyEnvironment(env: Environment): Record<string, string> {
  const isRemoved = readProvider(env) === 'anthropic' ? isOwnVariable : isNeverPassed;
  const own = Object.entries(env).filter(([name]) => !isRemoved(name) && !/^CLAUDE_/.test(name));
  const home = env['LEADWRIGHT_HOME'];
  return {
    ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    ...(home === undefined ? {} : { LEADWRIGHT_HOME: home }),
  };
}
