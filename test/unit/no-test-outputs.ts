/**
 * What test runners print, and exit with 0, when no test ran, and when one did. Those of node, mocha, jest, vitest,
 * ava, jasmine, uvu, playwright, unittest, pytest, go, cargo and ctest are recorded; the others are as their
 * documentation and sources have them.
 */
export const NO_TEST = {
  'node --test, nothing': `TAP version 13
1..0
# tests 0
# suites 0
# pass 0
# fail 0
# cancelled 0
# skipped 0
# todo 0
# duration_ms 17.448406
`,
  'node --test, all skipped': `TAP version 13
# Subtest: x
ok 1 - x # SKIP test name does not match pattern
  ---
  duration_ms: 1.070861
  ...
# Subtest: d
    # Subtest: y
    ok 1 - y # SKIP test name does not match pattern
      ---
      duration_ms: 0.131165
      ...
    1..1
ok 2 - d
  ---
  duration_ms: 0.379114
  type: 'suite'
  ...
1..2
# tests 2
# suites 1
# pass 0
# fail 0
# cancelled 0
# skipped 2
# todo 0
# duration_ms 453.12464
`,
  'node --test, spec, all skipped': `﹣ x (1.00319ms) # SKIP
▶ d
  ﹣ y (0.124675ms) # SKIP
✔ d (0.357902ms)
ℹ tests 2
ℹ suites 1
ℹ pass 0
ℹ fail 0
ℹ cancelled 0
ℹ skipped 2
ℹ todo 0
ℹ duration_ms 584.166327
`,
  'npm test, in front of node --test': `
> shop@1.0.0 test
> node --test

ℹ tests 0
ℹ suites 0
ℹ pass 0
ℹ fail 0
`,
  'mocha, nothing': `

  0 passing (1ms)

`,
  'mocha, all pending': `

  d
    - y


  0 passing (2ms)
  1 pending

`,
  'mocha, tap': `# tests 0
# pass 0
# fail 0
1..0
`,
  'jest --passWithNoTests': 'No tests found, exiting with code 0\n',
  'jest, all skipped': `Test Suites: 1 skipped, 0 of 1 total
Tests:       1 skipped, 1 total
Snapshots:   0 total
Time:        1.006 s
Ran all test suites matching t/s.test.js with tests matching "zz".
`,
  'vitest --passWithNoTests': `
\u001b[1m\u001b[30m\u001b[46m RUN \u001b[49m\u001b[39m\u001b[22m \u001b[36mv4.1.12 \u001b[39m\u001b[90m.\u001b[39m

No test files found, exiting with code 0

\u001b[2mfilter: \u001b[22m\u001b[33mnothing\u001b[39m
`,
  'vitest, all skipped': `
\u001b[2m Test Files \u001b[22m \u001b[33m1 skipped\u001b[39m\u001b[90m (1)\u001b[39m
\u001b[2m      Tests \u001b[22m \u001b[33m1 skipped\u001b[39m\u001b[90m (1)\u001b[39m
\u001b[2m   Start at \u001b[22m 18:11:46
`,
  'vitest, tap': `TAP version 13
1..1
ok 1 - t/v.test.mjs # SKIP {
    1..1
    ok 1 - x # SKIP
}
`,
  'ava, all skipped': `
  - [skip] x
  ─

  1 test skipped
`,
  'ava, tap': `TAP version 13
ok 1 - x # SKIP

1..1
# tests 1
# pass 0
# skip 1
# fail 0
`,
  'jasmine, all disabled': `Randomized with seed 90017
Started
*

Pending:

1) a
  Temporarily disabled with xit

1 spec, 0 failures, 1 pending spec
Finished in 0.042 seconds
`,
  karma: 'Chrome Headless 130 (Linux): Executed 0 of 0 SUCCESS (0.002 secs / 0 secs)\n',
  'uvu, all skipped': ` x    (0 / 0)

  Total:     0
  Passed:    0
  Skipped:   1
  Duration:  0.61ms

`,
  'tape, nothing': `TAP version 13

1..0
# tests 0
# pass  0

# ok
`,
  'playwright, all skipped': `
Running 1 test using 1 worker

  -  1 t/p.spec.js:1:48 › x

  1 skipped
`,
  'bun test, all skipped': `bun test v1.2.4

a.test.ts:
» x

 0 pass
 1 skip
 0 fail
Ran 1 test across 1 file. [11.00ms]
`,
  'deno test, all ignored': `running 1 test from ./a.test.ts
x ... ignored (0ms)

ok | 0 passed | 0 failed | 1 ignored (3ms)
`,
  'unittest, nothing': `
----------------------------------------------------------------------
Ran 0 tests in 0.000s

OK
`,
  'unittest, all skipped': `s
----------------------------------------------------------------------
Ran 1 test in 0.000s

OK (skipped=1)
`,
  'unittest, Python 3.12': `
----------------------------------------------------------------------
Ran 0 tests in 0.000s

NO TESTS RAN
`,
  'pytest, all skipped': `============================= test session starts ==============================
platform linux -- Python 3.11.7, pytest-9.2.0, pluggy-1.7.0
rootdir: .
collected 1 item

test_a.py s                                                              [100%]

============================== 1 skipped in 0.02s ==============================
`,
  'pytest -q, nothing': `
no tests ran in 0.01s
`,
  'pytest, all deselected': `collected 2 items / 2 deselected / 0 selected

============================ 2 deselected in 0.02s =============================
`,
  'go test, no test files': '?   \texample.org/a\t[no test files]\n',
  'go test, no tests to run': 'ok  \texample.org/a/c\t0.003s [no tests to run]\n',
  'go test -cover, no tests to run':
    'ok  \texample.org/a/b\t0.010s\tcoverage: [no statements] [no tests to run]\n',
  'go test -v, no tests to run': `testing: warning: no tests to run
PASS
ok  \texample.org/a/c\t0.006s [no tests to run]
`,
  'cargo test, nothing and ignored': `   Compiling a v0.1.0 (.)
    Finished \`test\` profile [unoptimized + debuginfo] target(s) in 1.68s
     Running unittests src/lib.rs (target/debug/deps/a-de22c1bda0609b20)

running 1 test
test t::x ... ignored

test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests a

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`,
  'cargo nextest': `    Starting 0 tests across 1 binary (2 tests skipped)
------------
     Summary [   0.001s] 0 tests run: 0 passed, 2 skipped
`,
  'rspec, nothing': `No examples found.

Finished in 0.00034 seconds (files took 0.05 seconds to load)
0 examples, 0 failures

`,
  'rspec, all pending': `*

Finished in 0.0011 seconds (files took 0.05 seconds to load)
1 example, 0 failures, 1 pending

`,
  'minitest, all skipped': `Run options: --seed 12345

S

Finished in 0.000512s, 1953.1250 runs/s, 0.0000 assertions/s.

1 runs, 0 assertions, 0 failures, 0 errors, 1 skips

You have skipped tests. Run with --verbose for details.
`,
  'test-unit': '0 tests, 0 assertions, 0 failures, 0 errors, 0 pendings, 0 omissions, 0 notifications\n',
  cucumber: `0 scenarios
0 steps
0m00.000s
`,
  'phpunit, nothing': `PHPUnit 11.4.3 by Sebastian Bergmann and contributors.

Runtime:       PHP 8.3.6

No tests executed!
`,
  'phpunit, all skipped': `S                                                                   1 / 1 (100%)

Time: 00:00.004, Memory: 8.00 MB

OK, but some tests were skipped!
Tests: 1, Assertions: 0, Skipped: 1.
`,
  'pest, all skipped': `  Tests:    1 skipped (0 assertions)
  Duration: 0.05s
`,
  'maven, nothing': `[INFO] --- surefire:3.2.5:test (default-test) @ shop ---
[INFO] No tests to run.
[INFO] BUILD SUCCESS
`,
  'maven, skipped': `[INFO] --- surefire:3.2.5:test (default-test) @ shop ---
[INFO] Tests are skipped.
[INFO] BUILD SUCCESS
`,
  'maven, all skipped': `[WARNING] Tests run: 2, Failures: 0, Errors: 0, Skipped: 2, Time elapsed: 0.01 s -- in shop.CartTest
[INFO] Results:
[INFO]
[WARNING] Tests run: 2, Failures: 0, Errors: 0, Skipped: 2
`,
  gradle: `> Task :compileJava
> Task :compileTestJava NO-SOURCE
> Task :test NO-SOURCE

BUILD SUCCESSFUL in 1s
`,
  ctest: `Test project ./build
No tests were found!!!
`,
  GoogleTest: `Note: Google Test filter = Nothing*
[==========] Running 0 tests from 0 test suites.
[==========] 0 tests from 0 test suites ran. (0 ms total)
[  PASSED  ] 0 tests.
`,
  Catch2: 'No tests ran\n',
  'dotnet test, a filter that matches nothing': `Test run for ./bin/Debug/net8.0/Shop.Tests.dll (.NETCoreApp,Version=v8.0)
No test matches the given testcase filter \`Name=zz\` in ./bin/Debug/net8.0/Shop.Tests.dll
`,
  'dotnet test, all skipped':
    'Skipped! - Failed:     0, Passed:     0, Skipped:     1, Total:     1, Duration: 2 ms - Shop.Tests.dll (net8.0)\n',
  'swift test': '\t Executed 0 tests, with 0 failures (0 unexpected) in 0.000 (0.000) seconds\n',
  'mix test': `
Finished in 0.02 seconds (0.00s async, 0.02s sync)
0 tests, 0 failures
`,
  bats: '1..0\n',
  prove: `Files=0, Tests=0,  0 wallclock secs ( 0.00 usr +  0.00 sys =  0.00 CPU)
Result: NOTESTS
`,
} as const;

export const ONE_TEST = {
  'node --test': `TAP version 13
# Subtest: x
ok 1 - x
  ---
  duration_ms: 1.070861
  ...
1..1
# tests 1
# suites 0
# pass 1
# fail 0
# cancelled 0
# skipped 0
`,
  'node --test, spec': `✔ x (1.00319ms)
ℹ tests 1
ℹ suites 0
ℹ pass 1
ℹ fail 0
ℹ skipped 0
`,
  mocha: `

  d
    ✔ y


  1 passing (2ms)
  3 pending
`,
  jest: `PASS ./cart.test.js
Tests:       1 skipped, 1 passed, 2 total
`,
  vitest: ` Test Files  1 passed (1)
      Tests  1 passed | 2 skipped (3)
`,
  ava: `
  ✔ x
  ─

  1 test passed
`,
  jasmine: `1 spec, 0 failures
Finished in 0.014 seconds
`,
  karma: 'Chrome Headless 130 (Linux): Executed 1 of 3 (skipped 2) SUCCESS (0.002 secs / 0 secs)\n',
  uvu: `  Total:     1
  Passed:    1
  Skipped:   1
`,
  tape: `TAP version 13
# x
ok 1 should be truthy

1..1
# tests 1
# pass  1

# ok
`,
  'node-tap': `# { total: 3, pass: 2, skip: 1 }
`,
  playwright: `
Running 1 test using 1 worker

  ✓  1 t/p.spec.js:1:43 › x (19ms)

  1 skipped
  1 passed (2.8s)
`,
  'bun test': ` 1 pass
 1 skip
 0 fail
Ran 2 tests across 1 file. [11.00ms]
`,
  'deno test': 'ok | 1 passed (2 steps) | 0 failed | 1 ignored (3ms)\n',
  unittest: `s.
----------------------------------------------------------------------
Ran 2 tests in 0.000s

OK (skipped=1)
`,
  'unittest, an expected failure': `x
----------------------------------------------------------------------
Ran 1 test in 0.000s

OK (expected failures=1)
`,
  'pytest -q': '1 passed, 2 skipped in 0.02s\n',
  'pytest, xfailed': '============================== 1 xfailed in 0.02s ===============================\n',
  'go test, with packages without tests': `?   \texample.org/a\t[no test files]
ok  \texample.org/a/b\t0.003s [no tests to run]
ok  \texample.org/a/c\t(cached)
`,
  'go test -json': `{"Time":"2026-11-24T18:07:56.56Z","Action":"pass","Package":"example.org/a/c","Test":"TestC","Elapsed":0}
`,
  'cargo test': `test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`,
  'cargo nextest': '     Summary [   0.006s] 3 tests run: 3 passed, 0 skipped\n',
  rspec: '2 examples, 0 failures, 1 pending\n',
  minitest: '2 runs, 1 assertions, 0 failures, 0 errors, 1 skips\n',
  'test-unit': '1 tests, 1 assertions, 0 failures, 0 errors, 0 pendings, 0 omissions, 0 notifications\n',
  cucumber: `1 scenario (1 passed)
1 step (1 passed)
`,
  phpunit: 'OK (1 test, 1 assertion)\n',
  'phpunit, some skipped': `OK, but some tests were skipped!
Tests: 2, Assertions: 1, Skipped: 1.
`,
  pest: '  Tests:    1 skipped, 1 passed (1 assertions)\n',
  maven: '[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 1\n',
  gradle: `> Task :compileTestJava
> Task :test
`,
  ctest: '100% tests passed, 0 tests failed out of 1\n',
  GoogleTest: `[==========] Running 1 test from 1 test suite.
[==========] 1 test from 1 test suite ran. (0 ms total)
[  PASSED  ] 1 test.
`,
  Catch2: 'All tests passed (3 assertions in 1 test case)\n',
  'dotnet test':
    'Passed!  - Failed:     0, Passed:     1, Skipped:     0, Total:     1, Duration: 2 ms - Shop.Tests.dll (net8.0)\n',
  'swift test': '\t Executed 1 test, with 0 failures (0 unexpected) in 0.000 (0.000) seconds\n',
  'mix test': '2 tests, 0 failures, 1 skipped\n',
  bats: `1..1
ok 1 adds
`,
  prove: `Files=1, Tests=3,  0 wallclock secs ( 0.00 usr +  0.00 sys =  0.00 CPU)
Result: PASS
`,
} as const;
