/** Decides from a command's result whether it passed. Pure. */
import { constants } from 'node:os';
import { OUTPUT_LIMIT_BYTES, type CommandResult } from './command-result.js';
import { findNoTestLine } from './no-test-ran.js';
import { findUnfinishedRun } from './unfinished-run.js';

export interface Verdict {
  readonly passed: boolean;
  /** As a shell reports it: 128 plus the signal's number after a signal; null when Leadwright stopped the command. */
  readonly exitCode: number | null;
  /** One short line, for people and for the model. */
  readonly reason: string;
}

/** The part of a result that determines the verdict. */
export type Outcome = Pick<
  CommandResult,
  'exitCode' | 'signal' | 'ended' | 'ms' | 'outputBytes' | 'commandNotFound'
>;

/**
 * The verdict on a test command. It also fails when its output reports that no test ran, or shows that a runner did not
 * finish. An output that was too long to be kept completely is not checked for that, because the dropped part may
 * report a test.
 */
export function testVerdictOf(outcome: Outcome & Pick<CommandResult, 'output'>, command: string): Verdict {
  const verdict = verdictOf(outcome);
  if (!verdict.passed || outcome.outputBytes > OUTPUT_LIMIT_BYTES) return verdict;
  const unfinished = findUnfinishedRun(command, outcome.output);
  if (unfinished !== null) return { ...verdict, passed: false, reason: unfinished };
  const account = findNoTestLine(outcome.output);
  return account === null
    ? verdict
    : { ...verdict, passed: false, reason: `no test ran (its output says "${account}")` };
}

/** How the verdict on a command begins that took longer than it may. */
export const NOT_DONE = 'stopped: it was not done';

/** The verdict on any command. Only exit code 0 passes. */
export function verdictOf(outcome: Outcome): Verdict {
  switch (outcome.ended) {
    case 'timeout':
      return stopped(`${NOT_DONE} after ${seconds(outcome.ms)}`);
    case 'output':
      return stopped(`stopped: it had printed ${Math.round(outcome.outputBytes / 2 ** 20)} MiB`);
    case 'memory':
      return stopped('stopped: it used up the memory that it may have');
    case 'processor':
      return stopped('stopped: it used up the processor time that it may have');
    case 'disk':
      return stopped('stopped: it used up the disk space, or the number of files, that it may have');
    case 'network':
      return stopped('stopped: its connections failed again and again');
    case 'cancelled':
      return stopped('cancelled');
    case 'exited':
      return judgeExit(outcome);
  }
}

const stopped = (reason: string): Verdict => ({ passed: false, exitCode: null, reason });

function judgeExit({ exitCode, signal, commandNotFound }: Outcome): Verdict {
  if (signal !== null) {
    return { passed: false, exitCode: 128 + constants.signals[signal], reason: `killed by ${signal}` };
  }
  if (exitCode === 0) return { passed: true, exitCode, reason: 'passed' };
  if (commandNotFound) return { passed: false, exitCode, reason: 'a command was not found' };
  const killed = exitCode === null ? null : findSignal(exitCode);
  const note = killed === null ? '' : ` (a process was killed by ${killed})`;
  return { passed: false, exitCode, reason: `exit code ${exitCode ?? 'unknown'}${note}` };
}

/** Signals that a shell reports as an exit code, and whose codes test runners do not use as a number of failures. */
const REPORTED_SIGNALS = ['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGTERM'] as const;

function findSignal(exitCode: number): NodeJS.Signals | null {
  return REPORTED_SIGNALS.find((signal) => 128 + constants.signals[signal] === exitCode) ?? null;
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
