/**
 * The summary lines of test runners, with the number of tests that each line reports. Data. Lines that a custom script
 * might print about something else ("0 failed", "Total: 0") are not included: a false alarm costs more than an empty
 * test that is missed.
 */

/** A line in which a runner reports how many tests it ran. */
export interface RunnerSummary {
  readonly line: RegExp;
  /**
   * The number of tests that ran, according to this line. It is negative when the line reports skipped tests that
   * another line has counted. Several lines may count the same tests, because only "none or some" matters.
   */
  readonly ran: (found: RegExpExecArray) => number;
}

/** The sum of the numbers in the line's groups. */
const counted = (found: RegExpExecArray): number =>
  found.slice(1).reduce((sum, digits: string | undefined) => sum + Number(digits ?? 0), 0);
/** The first number minus the others: all tests minus the skipped ones. */
const notSkipped = (found: RegExpExecArray): number => 2 * Number(found[1] ?? 0) - counted(found);
const skipped = (found: RegExpExecArray): number => -counted(found);
const none = (): number => 0;
const some = (): number => 1;

/** Adds the numbers before the given words in a line, such as `3 passed`, in any order. */
const countBefore =
  (words: RegExp) =>
  ({ input }: RegExpExecArray): number =>
    [...input.matchAll(new RegExp(`(\\d+) (?:${words.source})\\b`, 'g'))].reduce(
      (sum, [, digits]) => sum + Number(digits),
      0,
    );

export const RUNNER_SUMMARIES: readonly RunnerSummary[] = [
  // node:test, tape and other runners that end with TAP's counts
  { line: /^[#ℹ] pass +(\d+)$/, ran: counted },
  { line: /^[#ℹ] (?:fail|cancelled|todo) +([1-9]\d*)$/, ran: counted },
  { line: /^[#ℹ] tests 0$/, ran: none },
  // TAP itself: an empty plan, a test
  { line: /^1\.\.0\b/, ran: none },
  { line: /^\s*(?:not )?ok \d+\b(?!.*# (?:SKIP|skip))/, ran: some },
  { line: /^\s*ok \d+\b.*# (?:SKIP|skip)/, ran: none },
  // a suite of node:test, which the preceding line counts as a test
  { line: /^\s+type: 'suite'$/, ran: () => -1 },
  // mocha; bun test, which prints " 3 pass"
  { line: /^\s+(\d+) passing\b/, ran: counted },
  { line: /^ (\d+) pass$/, ran: counted },
  // jest ("Tests: 1 skipped, 2 passed, 3 total"), vitest ("Tests  2 passed | 1 skipped (3)"), pest
  { line: /^\s*Tests:? +.*\d+ (?:passed|failed|skipped|todo)\b/, ran: countBefore(/passed|failed/) },
  { line: /^\s*Tests {2}no tests$/, ran: none },
  { line: /^No test(?: file)?s found, exiting with code 0/, ran: none },
  // ava
  { line: /^\s+(\d+) tests? passed$/, ran: counted },
  { line: /^\s+\d+ tests? skipped$/, ran: none },
  // node-tap
  { line: /^# \{ total: \d+, pass: (\d+)(?:, fail: (\d+))?/, ran: counted },
  { line: /^Asserts:\s+.*\bof \d+$/, ran: countBefore(/passed|failed/) },
  // jasmine; karma
  { line: /^(\d+) specs?, \d+ failures?(?:, (\d+) pending specs?)?/, ran: notSkipped },
  { line: /^No specs found/, ran: none },
  { line: /\bExecuted (\d+) of \d+\b/, ran: counted },
  // playwright: each outcome on a separate line
  { line: /^Running \d+ tests? using \d+ workers?/, ran: none },
  // --list
  { line: /^Total: \d+ tests? in \d+ files?$/, ran: none },
  { line: /^\s+([1-9]\d*) (?:passed|failed|flaky)(?: \([^)]*\))?$/, ran: counted },
  // pytest, with or without its line of `=`
  { line: /^(?:=+ )?(?:no tests (?:ran|collected)|\d+ deselected)\b.* in [\d.]+s/, ran: none },
  // --collect-only
  { line: /^(?:=+ )?\d+(?:\/\d+)? tests? collected\b.* in [\d.]+s/, ran: none },
  {
    line: /^(?:=+ )?\d+ (?:passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?)\b.* in [\d.]+s/,
    ran: countBefore(/passed|failed|errors?|xfailed|xpassed/),
  },
  // unittest, nose2, django
  { line: /^Ran (\d+) tests? in [\d.]+s$/, ran: counted },
  { line: /^(?:OK|FAILED) \(.*\bskipped=(\d+)/, ran: skipped },
  { line: /^NO TESTS RAN/, ran: none },
  // behave
  { line: /^(\d+) scenarios? passed, (\d+) failed,/, ran: counted },
  // go test, in text and as JSON
  { line: /^\?\s+\S+\s+\[no test files\]$/, ran: none },
  { line: /^ok\s+\S+\s.*\[no tests to run\]$/, ran: none },
  { line: /^ok\s+\S+\s+(?:[\d.]+s|\(cached\))(?!.*\[no tests to run\])/, ran: some },
  { line: /^\s*--- (?:PASS|FAIL): /, ran: some },
  { line: /^testing: warning: no tests to run$/, ran: none },
  { line: /^\{"Time":.*"Action":"(?:pass|fail)".*"Test":/, ran: some },
  { line: /^\{"Time":.*"Output":"testing: warning: no tests to run/, ran: none },
  // cargo test; cargo nextest
  { line: /^test result: \w+\. (\d+) passed; (\d+) failed;/, ran: counted },
  { line: /^\s+Summary \[.*\] +(\d+)(?:\/\d+)? tests? run:/, ran: counted },
  { line: /^\s+Starting 0 tests across /, ran: none },
  { line: /^error: no tests to run$/, ran: none },
  // --list
  { line: /^\d+ tests?, \d+ benchmarks?$/, ran: none },
  // rspec; minitest and test-unit; cucumber
  { line: /^(\d+) examples?, \d+ failures?(?:, (\d+) pending)?/, ran: notSkipped },
  { line: /^No examples found\.$/, ran: none },
  { line: /^(\d+) (?:runs|tests), \d+ assertions, \d+ failures, \d+ errors, (\d+) skips$/, ran: notSkipped },
  {
    line: /^(\d+) tests?, \d+ assertions?, \d+ failures?, \d+ errors?, (\d+) pendings?, (\d+) omissions?,/,
    ran: notSkipped,
  },
  { line: /^(\d+) scenarios?(?: \(.*\))?$/, ran: counted },
  // phpunit
  { line: /^OK \((\d+) tests?, \d+ assertions?\)$/, ran: counted },
  { line: /^Tests: (\d+), Assertions: \d+(?:.*?\bSkipped: (\d+))?/, ran: notSkipped },
  { line: /^No tests executed!$/, ran: none },
  // maven (surefire, failsafe); gradle
  { line: /\bTests run: (\d+), Failures: \d+, Errors: \d+, Skipped: (\d+)/, ran: notSkipped },
  { line: /^\[INFO\] (?:No tests to run\.|Tests are skipped\.)$/, ran: none },
  { line: /^> Task \S*[tT]est (?:NO-SOURCE|SKIPPED)$/, ran: none },
  { line: /^> Task \S*[tT]est(?: (?:FAILED|UP-TO-DATE|FROM-CACHE))?$/, ran: some },
  // ctest; GoogleTest; Catch2
  { line: /^No tests were found!!!$/, ran: none },
  { line: /^\d+% tests passed, \d+ tests failed out of (\d+)$/, ran: counted },
  { line: /^\[==========\] (\d+) tests? from \d+ test (?:suites?|cases?) ran\b/, ran: counted },
  { line: /^No tests? (?:cases matched|ran)\b/, ran: none },
  { line: /^All tests passed \(\d+ assertions? in (\d+) test cases?\)$/, ran: counted },
  // dotnet test: VSTest, then Microsoft.Testing.Platform
  {
    line: /^(?:Passed|Failed|Skipped)! +- Failed: +(\d+), Passed: +(\d+), Skipped: +\d+, Total: +\d+/,
    ran: counted,
  },
  { line: /^No test (?:is available in |matches the given testcase filter )/, ran: none },
  { line: /^Test run summary: Zero tests ran/, ran: none },
  { line: /^Test run summary: (?:Passed|Failed)!/, ran: some },
  // deno test
  { line: /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed\b/, ran: counted },
  // swift test (XCTest); mix test; bats
  { line: /\bExecuted (\d+) tests?, with (?:(\d+) tests? skipped and )?\d+ failures?/, ran: notSkipped },
  { line: /^(\d+) tests?, \d+ failures?(?:, \d+ excluded)?(?:, (\d+) skipped)?$/, ran: notSkipped },
  { line: /^There are no tests to run$/, ran: none },
  // prove
  { line: /^Files=\d+, Tests=(\d+),/, ran: counted },
  { line: /^Result: NOTESTS$/, ran: none },
  // uvu
  { line: /^\s+Passed: +(\d+)$/, ran: counted },
];
