/** Output patterns of common test runners: the lines to omit, and the lines that report failures. Data. */

/** Lines without information about a failure, grouped by runner. */
export const NOISE: readonly RegExp[] = [
  // mocha, node:test, vitest, jest: a test that passed
  /^\s*[✔✓√] /,
  // TAP (node:test into a pipe)
  /^TAP version \d+$/,
  /^\s*# Subtest: /,
  /^\s*1\.\.\d+$/,
  /^[#ℹ] (?:suites|cancelled|skipped|todo|duration_ms) /,
  /^\s*(?:duration_ms|type|failureType|generatedMessage|operator|code): /,
  // npm: where a log is, which is gone with the sandbox
  /^npm (?:error|ERR!) (?:A complete log of this run can be found in|Log files were not written|\s+\S+-debug-\d+\.log)/,
  /^npm (?:error|ERR!)\s*$/,
  // jest, vitest
  /^PASS\b/,
  /^(?:Snapshots|Time):\s/,
  /^Ran all test suites/,
  /^\s+(?:Start at|Duration) {2}/,
  /^ RUN {2}v\d/,
  // unittest, cargo test
  /\.\.\. (?:ok|ignored|skipped\b.*)$/,
  // pytest
  /^(?:platform|rootdir:|plugins:|cachedir:|configfile:|collected \d+) ?/,
  /^=+ test session starts =+$/,
  / (?:PASSED|SKIPPED|XFAIL)\s+\[\s*\d+%\]$/,
  /^\S+\.py [.s]+\s+\[\s*\d+%\]$/,
  /^(?:_ ){10,}_?$/,
  // go test
  /^=== (?:RUN|PAUSE|CONT|NAME)\b/,
  /^\s*--- (?:PASS|SKIP): /,
  /^ok\s+\S+\s+(?:[\d.]+s|\(cached\))/,
  /^\?\s+\S+\s+\[no test files\]$/,
  // cargo
  /^\s+(?:Compiling|Checking|Downloading|Downloaded|Finished|Running|Fresh|Blocking|Updating|Locking|Adding) /,
  /^note: (?:run with `RUST_BACKTRACE|Some details are omitted)/,
  // npm: the command it runs, and its notices
  /^> \S/,
  /^npm (?:notice|warn)\b/i,
];

/** The first line of a runner's failure report. The important lines follow it. */
export const FAILURES_BEGIN: readonly RegExp[] = [
  /^\s+\d+ failing$/,
  /^✖ failing tests:$/,
  /^ {2}● /,
  /^⎯+ (?:Failed|Unhandled) /,
  /^=+ (?:FAILURES|ERRORS) =+$/,
  /^={70}$/,
  /^failures:$/,
];

/** A failed test of a runner that has no such line: it reports each failure where it happens. */
export const FAILED_IN_PLACE: readonly RegExp[] = [/^\s*--- FAIL: /, /^\s*not ok \d+ - /];

/** A passed test in TAP. Its YAML block is omitted with it. */
export const TAP_PASSED = /^\s*ok \d+\b/;

/** Stack frames in the runner, the language runtime or a dependency: code that the project cannot change. */
export const FOREIGN_FRAME =
  /^\s.*(?:node:[\w/]+:\d|node_modules\/|\/rustc\/|Promise\.all \(index|File "<frozen|File ".*(?:site-packages|\/lib\/python[\d.]+)\/)/;

/** A failed test in a list without messages. The failure report repeats it with its message. */
export const TEST_LISTING = /^\s*(?:\d+\)|[▶✖×✕]) /;

/** A line that names a failed test, in the first group. mocha continues the name in the next lines, up to a colon. */
export const FAILED_NAME: readonly RegExp[] = [
  /^\s*not ok \d+ - (.+)$/,
  /^\s*✖ (.+) \([\d.]+m?s\)$/,
  /^ {2}● (.+)$/,
  /^ FAIL {2}(.+)$/,
  /^(?:FAIL|ERROR): (\S+) \(/,
  /^_{3,} (.+?) _{3,}$/,
  /^---- (\S+) stdout ----$/,
  /^\s*--- FAIL: (\S+)/,
  /^\s+1\) (.+)$/,
];

/** What Leadwright adds to the output of a set-up whose connection it refused: the cause of all that precedes it. */
export const REFUSED_CONNECTION = /^Leadwright refused a connection of the setup command to .+$/;

/**
 * A failure's message, in the first group. If the group is empty, the next line is the message. A message that ends with
 * a colon continues in the next line.
 */
export const FAILURE_MESSAGE: readonly RegExp[] = [
  /^\s+error: (?:\|-|'?(.+?)'?)$/,
  /^E {3}\s*(.+)$/,
  /^\s*((?:[A-Za-z_$][\w$.]*)?(?:Error|Exception)\b(?: \[[^\]]+\])?:.*)$/,
  /^\s+(\S+_test\.go:\d+: .+)$/,
  /panicked at (.+)$/,
  /^\s+(expect\(.+)$/,
  /^((?:error(?:\[E\d+\])?|fatal): .+)$/,
  /^(.+: error: .+)$/,
  // tsc, with a place or, about its configuration, without
  /^((?:\S.* )?error TS\d+: .+)$/,
  // npm: a lock file that is missing or was not changed with its package.json, a script that package.json has not, a mistyped word
  /^npm (?:error|ERR!) (`npm ci` can only install packages when .+)$/,
  /^npm (?:error|ERR!) (The `npm ci` command can only install with .+)$/,
  /^npm (?:error|ERR!) (Missing script: .+)$/,
  /^(Unknown command: ".+")$/,
];

/** Lines at the end of an output that give no reason for the failure: it is in a line above them. */
export const NO_REASON: readonly RegExp[] = [
  // node:test: the totals of tests that did not fail; `tests 0` is a reason
  /^[#ℹ] (?:tests [1-9]\d*|pass \d+|fail 0)$/,
  // a tool, about the failure of a command that it started: npm
  /^npm (?:error|ERR!) (?:Lifecycle script |code (?:ELIFECYCLE|\d+)$|(?:path|workspace|location|command|signal) )/,
  // yarn
  /^error Command failed with (?:exit code \d+|signal .+)\.$/,
  /^info Visit https:\/\/yarnpkg\.com\//,
  // pnpm
  /^\s*ELIFECYCLE /,
  /^make(?:\[\d+\])?: (?:\*\*\* \[.+\] Error \d+|Leaving directory .+)$/,
];
