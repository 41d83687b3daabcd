import assert from 'node:assert/strict';
import { asTerminalText, replaceFolderPaths } from '../../src/results/neutral-output.js';
import { explainEnd, findFailures, summarise, summariseInOneLine } from '../../src/results/test-summary.js';
import { runnerOutput } from '../support/runner-outputs.js';

interface Expected {
  readonly runner: string;
  readonly output: string;
  readonly keeps: readonly string[];
  readonly drops: readonly string[];
  readonly line: string;
}

const EQUAL = 'Expected values to be strictly equal: 2 !== 3';
const TABLE: readonly Expected[] = [
  {
    runner: 'node:test, TAP',
    output: runnerOutput('node-test/failures-tap'),
    keeps: ['not ok 2 - sums', '2 !== 3', './cart.mjs:1:59', '# fail 2'],
    drops: ['is empty', 'other passes', 'node:internal', 'node:async_hooks', 'duration_ms'],
    line: `sums: ${EQUAL}`,
  },
  {
    runner: 'node:test, spec',
    output: runnerOutput('node-test/failures-spec'),
    keeps: ['test at a.test.mjs:6:3', '2 !== 3', 'items is not iterable', './cart.mjs:1:59', 'fail 2'],
    drops: ['is empty', 'other passes', 'node:internal', 'generatedMessage'],
    line: `sums: AssertionError [ERR_ASSERTION]: ${EQUAL}`,
  },
  {
    runner: 'mocha',
    output: runnerOutput('mocha/failures'),
    keeps: ['2 failing', 'sums:', '2 !== 3', 'a.spec.cjs:2:76', '"b": ['],
    drops: ['is empty', 'node:internal'],
    line: `cart sums: AssertionError [ERR_ASSERTION]: ${EQUAL}`,
  },
  {
    runner: 'unittest',
    output: runnerOutput('unittest/failures'),
    keeps: [
      'FAIL: test_sum',
      'AssertionError: 2 != 3',
      './cart.py", line 3',
      'FAILED (failures=1, errors=1)',
    ],
    drops: ['test_empty'],
    line: "test_error: TypeError: 'NoneType' object is not iterable",
  },
  {
    runner: 'pytest',
    output: runnerOutput('pytest/failures'),
    keeps: ['CartTest.test_sum', 'E   AssertionError: 2 != 3', '2 failed, 1 passed'],
    drops: ['test session starts', 'platform linux', '_ _ _'],
    line: "CartTest.test_error: TypeError: 'NoneType' object is not iterable",
  },
  {
    runner: 'go test',
    output: runnerOutput('go-test/failures'),
    keeps: ['--- FAIL: TestSum/two', 'cart_test.go:4: Total = 2, want 3'],
    drops: ['TestEmpty', '=== RUN'],
    line: 'TestSum: cart_test.go:4: Total = 2, want 3',
  },
  {
    runner: 'cargo test',
    output: runnerOutput('cargo-test/failures'),
    keeps: ['tests::sums', 'left: 2', 'right: 3', './src/lib.rs:2:110', '1 passed; 1 failed'],
    drops: ['Compiling', 'tests::empty', '/rustc/', 'rust_begin_unwind'],
    line: 'tests::sums: src/lib.rs:2:110: assertion `left == right` failed',
  },
  {
    runner: 'jest',
    output: runnerOutput('jest/failures'),
    keeps: ['FAIL ./cart.test.js', '● cart › sums', 'Expected: 3', 'Received: 2', '2 failed, 2 passed'],
    drops: ['PASS', 'Ran all test suites', 'Time:'],
    line: 'cart › sums: expect(received).toBe(expected) // Object.is equality',
  },
  {
    runner: 'vitest',
    output: runnerOutput('vitest/failures'),
    keeps: ['Failed Tests 2', 'expected 2 to be 3', 'v/cart.mjs:1:59', '2 failed | 1 passed'],
    drops: ['✓ is empty', 'Duration', 'RUN'],
    line: 'v/cart.test.mjs > cart > sums: AssertionError: expected 2 to be 3 // Object.is equality',
  },
];

describe('the summary of a failed test', () => {
  for (const { runner, output, keeps, drops, line } of TABLE) {
    it(`keeps the important lines of ${runner}`, () => {
      const summary = summarise(output);
      for (const text of keeps) assert.ok(summary.includes(text), `${text} is missing in:\n${summary}`);
      for (const text of drops) assert.ok(!summary.includes(text), `${text} is left in:\n${summary}`);
      assert.ok(summary.length < output.length);
    });
    it(`is one line for ${runner}`, () => assert.equal(summariseInOneLine(output), line));
  }

  it('drops frames of the standard library and of packages from a Python traceback', () => {
    const output = [
      'Traceback (most recent call last):',
      '  File "/usr/lib/python3.11/runpy.py", line 198, in _run',
      '    return code()',
      '           ^^^^^^',
      '  File "./app.py", line 2, in main',
      '    run(None)',
      '  File "./.venv/lib/python3.11/site-packages/lib.py", line 9, in run',
      '    raise ValueError(1)',
      'ValueError: 1',
    ].join('\n');
    assert.equal(
      summarise(output),
      [
        'Traceback (most recent call last):',
        '  File "./app.py", line 2, in main',
        '    run(None)',
        'ValueError: 1',
      ].join('\n'),
    );
  });

  it('keeps an error that a test file printed before the list of failures', () => {
    const output = [
      'SyntaxError: Unexpected token',
      '✔ fine (1ms)',
      '✖ failing tests:',
      '',
      '✖ a (2ms)',
    ].join('\n');
    assert.match(summarise(output), /^SyntaxError: Unexpected token\n\n✖ failing tests:/);
  });

  it('keeps both ends of unrecognised output within the limit, and says how much is missing', () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `step ${index}`);
    const summary = summarise(lines.join('\n'), { limit: 500 });
    assert.ok(summary.length <= 500);
    assert.match(summary, /^step 0\nstep 1\n/);
    assert.match(summary, /\n… \d+ lines left out …\n/);
    assert.match(summary, /\nstep 4999$/);
    const leftOut = Number(/… (\d+) lines/.exec(summary)?.[1]);
    assert.equal(leftOut + summary.split('\n').length - 1, 5000);
  });

  /** Each would take hours if the time were quadratic in the length of the line. */
  for (const [what, line] of [
    ['white space', `${' '.repeat(4_000_000)}x`],
    ['beginnings of Python frames', `  ${'File "'.repeat(600_000)}`],
  ] as const) {
    it(`is made of the beginning of a line of megabytes: ${what}`, () => {
      assert.equal(summarise(line), `${line.slice(0, 999)}…`);
    });
  }

  it('stays within every limit', () => {
    for (const limit of [40, 100, 299, 1000]) {
      for (const { output } of TABLE) assert.ok(summarise(output, { limit }).length <= limit);
      assert.ok(summariseInOneLine('x'.repeat(5000), limit).length <= limit);
    }
  });

  const failure = (name: string, frames: readonly string[], message: string) =>
    ['='.repeat(70), `ERROR: ${name} (t.C.${name})`, '-'.repeat(70), ...frames, message, ''].join('\n');

  it('names the first failed test with its own message, however long its trace is', () => {
    const frames = Array.from({ length: 3_000 }, (_each, n) => `  File "a.py", line ${n}, in f${n}`);
    const output = `${failure('test_a', frames, 'ValueError: deep')}${failure('test_b', frames, 'KeyError: flat')}`;
    assert.equal(summariseInOneLine(output), 'test_a: ValueError: deep');
  });

  it('shows a recursion once, so that every failure has room', () => {
    const block = ['  File "a.py", line 1, in f', '    g()', '  File "a.py", line 2, in g', '    f()'];
    const frames = Array.from({ length: 999 }, () => block).flat();
    const names = ['test_a', 'test_b', 'test_c'];
    const output = names.map((name) => failure(name, frames, `RecursionError: in ${name}`)).join('');
    const summary = summarise(output);
    assert.ok(summary.length < 2_000, String(summary.length));
    for (const name of names) assert.match(summary, new RegExp(`\nRecursionError: in ${name}\n?`));
    assert.match(summary, /\n {4}f\(\)\n… 3984 lines like these left out …\nRecursionError: in test_a\n/);
  });

  it('is told from output that reports no failure', () => {
    for (const { runner, output } of TABLE)
      assert.equal(findFailures(output, 500), summarise(output, { limit: 500 }), runner);
    for (const output of ['', 'building\nno luck today\n', 'error: failed\n'])
      assert.equal(findFailures(output, 500), null);
  });

  /** What npm adds below the output of a script that failed: twice, when the script called another one. */
  const npmAdds = (script: string, command: string): readonly string[] => [
    `npm error Lifecycle script \`${script}\` failed with error:`,
    'npm error code 2',
    'npm error path ./packages/web',
    'npm error workspace @acme/web@1.0.0',
    'npm error location ./packages/web',
    'npm error command failed',
    `npm error command sh -c ${command}`,
  ];

  for (const [what, error] of [
    ['as tsc prints it into a pipe', 'src/index.ts(1,23): error TS2307: Cannot find module "@acme/core".'],
    [
      'as tsc prints it into a terminal',
      'src/index.ts:1:23 - error TS2307: Cannot find module "@acme/core".',
    ],
    ['of its configuration', 'error TS18003: No inputs were found in config file.'],
  ] as const) {
    it(`is in one line the first error of TypeScript ${what}, whoever started the compiler`, () => {
      const more = 'src/b.ts(9,1): error TS1005: ";" expected.';
      const output = [
        '> tsc -p .',
        '',
        error,
        more,
        ...npmAdds('build', 'tsc -p .'),
        ...npmAdds('test', 'npm run build'),
      ];
      assert.equal(summariseInOneLine(output.join('\n')), error);
    });
  }

  for (const [tool, added] of [
    ['npm', npmAdds('test', 'node check.js')],
    ['make', ['make[1]: *** [Makefile:2: check] Error 3', 'make: *** [Makefile:5: test] Error 2']],
    ['pnpm', [' ELIFECYCLE  Test failed. See above for more details.']],
    [
      'yarn',
      [
        'error Command failed with exit code 3.',
        'info Visit https://yarnpkg.com/en/docs/cli/run for documentation about this command.',
      ],
    ],
  ] as const) {
    it(`is in one line what the command printed last, not what ${tool} adds below it`, () => {
      const output = ['building', 'the total is wrong', ...added, ''].join('\n');
      assert.equal(summariseInOneLine(output), 'the total is wrong');
    });
  }

  it('is in one line what npm and make say when they started nothing', () => {
    const missing = ['npm error Missing script: "tset"', 'npm error', 'npm error   npm run', ''].join('\n');
    assert.equal(summariseInOneLine(missing), 'Missing script: "tset"');
    const unknown = [
      'Unknown command: "tset"',
      '',
      'To see a list of supported npm commands, run:',
      '  npm help',
      '',
    ];
    assert.equal(summariseInOneLine(unknown.join('\n')), 'Unknown command: "tset"');
    const noLock = [
      'npm error code EUSAGE',
      'npm error',
      'npm error The `npm ci` command can only install with an existing package-lock.json or',
      'npm error npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or',
      'npm error',
      'npm error Run "npm help ci" for more info',
      '',
    ];
    assert.equal(
      summariseInOneLine(noLock.join('\n')),
      'The `npm ci` command can only install with an existing package-lock.json or',
    );
    const rule = "make: *** No rule to make target 'tset'.  Stop.";
    assert.equal(summariseInOneLine(rule), "make: *** No rule to make target 'tset'. Stop.");
    assert.equal(
      summariseInOneLine('make: *** [Makefile:2: test] Error 1'),
      'make: *** [Makefile:2: test] Error 1',
    );
  });

  it('says nothing of empty lines, which remain where noise was removed', () => {
    const started = ['', '> @acme/web@1.0.0 test', '> npm run build', '', '', '> build', '> tsc', '', ''];
    assert.equal(summarise(started.join('\n')), '');
    assert.equal(summarise([...started, 'no luck today'].join('\n')), 'no luck today');
  });

  it('is no total of node:test without a failure', () => {
    const totals = (tests: number, sign: string) =>
      `${sign} tests ${tests}\n${sign} suites 0\n${sign} pass ${tests}\n${sign} fail 0\n${sign} duration_ms 4.2\n`;
    assert.equal(summariseInOneLine(`1..0\n${totals(0, '#')}`), '# tests 0');
    assert.equal(summariseInOneLine(totals(0, 'ℹ')), 'ℹ tests 0');
    const passed = `the cache was not closed\nok 1 - sums\n1..1\n${totals(1, '#')}`;
    assert.equal(summariseInOneLine(passed), 'the cache was not closed');
  });

  it('is the last line of unrecognised output, and empty for empty output', () => {
    assert.equal(summariseInOneLine('building\nno luck today\n\n'), 'no luck today');
    assert.equal(summariseInOneLine(''), '');
    assert.equal(summarise('\n\n'), '');
  });
});

describe('neutral output', () => {
  it('has no escape codes, no overwritten progress and no control characters', () => {
    const red = '\u001b[31mred\u001b[0m \u001b]8;;http://a\u0007link\u001b]8;;\u0007';
    assert.equal(asTerminalText(`${red}\r\n10%\r50%\r100%\nbell\u0007 \t`), 'red link\n100%\nbell');
    assert.equal(
      asTerminalText('Error: 3\r\r\nok\r\r\nFAIL\r'),
      'Error: 3\nok\nFAIL',
      'of a terminal in between',
    );
    assert.equal(
      asTerminalText('10%\r\x1b[Kdone\n20%\r\x1b[K\n30%\x1b[2K\r\nend'),
      'done\n\n\nend',
      'cleared lines',
    );
    assert.equal(asTerminalText('\x1b[31mred\x1b(B\x1b[m'), 'red', 'what tput sgr0 writes');
  });

  it('has fixed names for temporary folders', () => {
    const folders = { tree: '/t/x/tree', home: '/t/x/home', tmp: '/t/x/tmp' };
    const output = 'at file:///t/x/tree/a.js:1:2 (/t/x/tree/b.js) /t/x/home/.npmrc /t/x/tmp/s';
    assert.equal(replaceFolderPaths(output, [folders]), 'at ./a.js:1:2 (./b.js) ~/.npmrc $TMPDIR/s');
  });
});

describe('how a command ended, in a line', () => {
  it('has what its output says of a failure, if it says anything', () => {
    const red = { exitCode: 1, reason: 'exit code 1' };
    assert.equal(explainEnd(red, 'the cart is empty'), 'exit code 1: the cart is empty');
    assert.equal(explainEnd(red, ''), 'exit code 1');
    assert.equal(explainEnd({ exitCode: 0, reason: 'no test ran' }, 'OK'), 'no test ran');
  });
});
