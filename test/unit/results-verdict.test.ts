import assert from 'node:assert/strict';
import { verdictOf, type Outcome } from '../../src/results/verdict.js';

const EXITED: Outcome = {
  exitCode: 0,
  signal: null,
  ended: 'exited',
  ms: 10,
  outputBytes: 0,
  commandNotFound: false,
};

const TABLE: readonly [string, Partial<Outcome>, ReturnType<typeof verdictOf>][] = [
  ['exit code 0', {}, { passed: true, exitCode: 0, reason: 'passed' }],
  ['another exit code', { exitCode: 3 }, { passed: false, exitCode: 3, reason: 'exit code 3' }],
  [
    'a signal',
    { exitCode: null, signal: 'SIGKILL' },
    { passed: false, exitCode: 137, reason: 'killed by SIGKILL' },
  ],
  [
    'a killed child',
    { exitCode: 137 },
    { passed: false, exitCode: 137, reason: 'exit code 137 (a process was killed by SIGKILL)' },
  ],
  [
    'a missing command',
    { exitCode: 127, commandNotFound: true },
    { passed: false, exitCode: 127, reason: 'a command was not found' },
  ],
  [
    'a timeout',
    { ended: 'timeout', exitCode: null, signal: 'SIGKILL', ms: 300_004 },
    { passed: false, exitCode: null, reason: 'stopped: it was not done after 300 s' },
  ],
  // A command that exits with 0 while it is being stopped has not passed.
  [
    'a timeout just before the command ends',
    { ended: 'timeout', ms: 1500 },
    { passed: false, exitCode: null, reason: 'stopped: it was not done after 1.5 s' },
  ],
  [
    'endless output',
    { ended: 'output', exitCode: null, signal: 'SIGKILL', outputBytes: 128 * 2 ** 20 },
    { passed: false, exitCode: null, reason: 'stopped: it had printed 128 MiB' },
  ],
  ...(
    [
      ['memory', 'the memory'],
      ['processor', 'the processor time'],
      ['disk', 'the disk space, or the number of files,'],
    ] as const
  ).map(([ended, what]): (typeof TABLE)[number] => [
    `too much of ${ended}, whatever the exit code`,
    { ended, exitCode: 0 },
    { passed: false, exitCode: null, reason: `stopped: it used up ${what} that it may have` },
  ]),
  [
    'cancelled',
    { ended: 'cancelled', exitCode: null },
    { passed: false, exitCode: null, reason: 'cancelled' },
  ],
];

describe('the verdict of a command', () => {
  for (const [what, outcome, verdict] of TABLE) {
    it(what, () => assert.deepEqual(verdictOf({ ...EXITED, ...outcome }), verdict));
  }
});
