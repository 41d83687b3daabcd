import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Problem } from '../../src/contract/errors.js';
import { effortProblems, effortWarnings } from '../../src/plan/effort-problems.js';
import { parsePlan, PLAN_MAX_BYTES } from '../../src/plan/parse-plan.js';
import type { Plan, PlanInput } from '../../src/plan/plan-schema.js';

function planOf(text: string | Uint8Array): Plan {
  const parsed = parsePlan(text);
  if (!parsed.ok) assert.fail(JSON.stringify(parsed.problems, null, 1));
  return parsed.plan;
}

function problemsOf(text: string | Uint8Array): readonly Problem[] {
  const parsed = parsePlan(text);
  assert.ok(!parsed.ok, 'the plan should be invalid');
  return parsed.problems;
}

/** Asserts exactly one problem with this line, path and message. */
function assertProblem(text: string | Uint8Array, line: number, path: string, words: RegExp): void {
  const found = problemsOf(text).find((problem) => problem.path === path && words.test(problem.message));
  assert.ok(found !== undefined, JSON.stringify(problemsOf(text), null, 1));
  assert.equal(found.line, line);
}

const SMALL = 'name: x\ntest: t\ntasks:\n  - id: a\n    title: A\n';

describe('parsePlan, valid plans', () => {
  it('reads what commands may use, and names a mistake in it', () => {
    const commands = (text: string) => parsePlan(`${SMALL}commands: ${text}\n`);
    const read = commands('{ max: 0, timeout: 90s }');
    assert.ok(read.ok);
    assert.deepEqual(read.plan.commands, { max: 0, timeoutMs: 90_000 });
    for (const [text, problem] of [
      ['{ maximum: 3 }', /unknown key "maximum", expected one of max, timeout/],
      ['{ max: -1 }', /expected a whole number from 0 to 1000/],
      ['{ timeout: 5 }', /a length of time with its unit/],
    ] as const) {
      const refused = commands(text);
      assert.match(refused.ok ? 'accepted' : (refused.problems[0]?.message ?? ''), problem);
    }
  });

  it('reads MCP servers, and lists what is wrong with them', () => {
    const servers = (mcp: string, used = 'docs') =>
      parsePlan(`name: x\ntest: t\nmcp: ${mcp}\ntasks: [{ id: a, title: A, mcp: [${used}] }]\n`);
    const read = servers(
      '{ docs: { command: d, args: [-x], tools: [lookup] }, own: { command: /d, trusted: true, env: [K] }, far: { url: "https://x.example/mcp" } }',
      'docs, docs, far',
    );
    assert.ok(read.ok);
    assert.deepEqual(read.plan.mcp, {
      docs: { kind: 'sandboxed', command: 'd', args: ['-x'], tools: ['lookup'], env: [] },
      own: { kind: 'trusted', command: '/d', args: [], tools: null, env: ['K'] },
      far: { kind: 'remote', url: 'https://x.example/mcp', tools: null, env: [] },
    });
    assert.deepEqual(read.plan.tasks[0]?.mcp, ['docs', 'far']);
    for (const [text, used, problem] of [
      ['{ docs: { command: d } }', 'dosc', /found "dosc", expected the name of a server in `mcp`.*"docs"/],
      ['{}', 'docs', /expected the name of a server in `mcp`, which has none/],
      ['{ docs: {} }', 'docs', /expected `command`, .* or `url`/],
      ['{ docs: { command: d, url: "https://x" } }', 'docs', /both `command` and `url`/],
      ['{ docs: { url: "file:///x" } }', 'docs', /expected an https or http URL/],
      ['{ docs: { url: "https://a:b@x/" } }', 'docs', /put it into a variable/],
      ['{ docs: { url: "https://x", args: [y] } }', 'docs', /belongs to `command`/],
      ['{ docs: { url: "http://x.example", env: [K] } }', 'docs', /expected an https URL/],
      ['{ docs: { command: bin/d, trusted: true } }', 'docs', /does not run from the draft/],
      ['{ docs: { command: d, env: [ANTHROPIC_API_KEY] } }', 'docs', /own and may hold a secret/],
      ['{ docs: { command: d, tools: [] } }', 'docs', /at least one tool/],
      ['{ docs: { comand: d } }', 'docs', /did you mean "command"/],
      ['{ a__b: { command: d } }', 'a__b', /the key is not valid: expected lower-case letters/],
    ] as const) {
      const refused = servers(text, used);
      const problems = refused.ok ? [] : refused.problems;
      assert.ok(
        problems.some(({ message, line }) => problem.test(message) && line !== null),
        `${text}: ${JSON.stringify(problems)}`,
      );
    }
    const loopback = servers('{ docs: { url: "http://127.0.0.1:1/mcp", env: [K] } }');
    assert.ok(loopback.ok);
    const many = Array.from({ length: 17 }, (_, n) => `s${n}: { command: d }`).join(', ');
    const refused = servers(`{ docs: { command: d }, ${many} }`);
    assert.match(refused.ok ? '' : (refused.problems[0]?.message ?? ''), /found 18 servers/);
  });

  it('fills in the defaults', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(planOf(SMALL))), {
      name: 'x',
      model: null,
      concurrency: 10,
      escalate: null,
      effort: null,
      instructions: ['AGENTS.md', 'CLAUDE.md'],
      test: 't',
      setup: null,
      network: 'none',
      commands: { max: 60, timeoutMs: 300_000 },
      mcp: {},
      env: [],
      protect: null,
      verify: 't',
      retest: 'overlap',
      tryFirst: true,
      onBlocker: null,
      onEnd: null,
      prices: {},
      limits: {},
      tasks: [
        {
          id: 'a',
          title: 'A',
          description: '',
          agent: 'backend',
          issue: null,
          dependsOn: [],
          canParallelize: true,
          priority: 2,
          files: [],
          test: 't',
          usesDefaultTest: true,
          mayChange: [],
          mcp: [],
          model: null,
          effort: null,
          timeout: { generateMs: 1_800_000, testMs: 300_000 },
        },
      ],
    });
  });

  it('reads the effort of the plan and of each task, and refuses a level that a task’s model lacks', () => {
    const plan = planOf(
      'name: x\ntest: t\neffort: low\ntasks:\n  - { id: a, title: A, effort: max }\n  - { id: b, title: B }\n',
    );
    assert.deepEqual([plan.effort, ...plan.tasks.map(({ effort }) => effort)], ['low', 'max', null]);
    assert.deepEqual(effortProblems(plan, 'claude-sonnet-5-5'), []);
    assert.deepEqual(effortProblems(plan, 'a-model-of-my-own'), []);
    assert.deepEqual(effortProblems(plan, 'claude-opus-4-5-20251101'), [
      {
        line: null,
        path: 'tasks[0].effort',
        message: 'found max, but claude-opus-4-5-20251101 takes low, medium, high',
      },
    ]);
    assert.equal(effortProblems(plan, 'claude-haiku-4-5').length, 1);
    const escalating = planOf(
      'name: x\ntest: t\nescalate: { after: 2, model: claude-haiku-4-5 }\ntasks: [{ id: a, title: A, effort: low }]\n',
    );
    assert.match(
      effortProblems(escalating, 'claude-sonnet-5-5')[0]?.message ?? '',
      /claude-haiku-4-5 takes no effort/,
    );
  });

  it('accepts an effort of the plan that some of its models lack, and names them once', () => {
    const plan = planOf(
      'name: x\ntest: t\neffort: xhigh\nescalate: { after: 2, model: claude-opus-4-6 }\ntasks:\n' +
        '  - { id: a, title: A }\n  - { id: b, title: B, model: claude-haiku-4-5 }\n  - { id: c, title: C, model: claude-haiku-4-5 }\n' +
        '  - { id: d, title: D, model: claude-sonnet-4-6, effort: high }\n',
    );
    assert.deepEqual(effortProblems(plan, 'claude-sonnet-5-5'), []);
    assert.deepEqual(effortWarnings(plan, 'claude-sonnet-5-5'), [
      "the plan's effort (xhigh) is left out for claude-opus-4-6, claude-haiku-4-5: no such level",
    ]);
    assert.deepEqual(
      effortWarnings(planOf('name: x\ntest: t\neffort: low\ntasks: [{ id: a, title: A }]\n'), 'x'),
      [],
    );
  });

  it('reads durations, both kinds of on_blocker, and an empty protect', () => {
    const head = 'name: x\nprotect: []\non_blocker: https://example.org/x\n';
    const plan = planOf(
      `${head}tasks: [{ id: a, title: A, test: t, timeout: { generate: 1h30m, test: 30s } }]`,
    );
    assert.deepEqual(plan.tasks[0]?.timeout, { generateMs: 5_400_000, testMs: 30_000 });
    assert.deepEqual(plan.onBlocker, { kind: 'url', url: 'https://example.org/x' });
    assert.deepEqual(plan.protect, []);
    assert.equal(plan.verify, null);
    assert.deepEqual(planOf(`on_blocker: ./page-me.sh --now\n${SMALL}`).onBlocker, {
      kind: 'command',
      command: './page-me.sh --now',
    });
  });

  it('reads JSON, CRLF, a byte order mark and aliases', () => {
    planOf('{"name": "x", "test": "t", "tasks": [{"id": "a", "title": "A"}]}');
    planOf(SMALL.replaceAll('\n', '\r\n'));
    planOf(Buffer.from(`\uFEFF${SMALL}`));
    const tasks = Array.from({ length: 300 }, (_, at) => `  - { id: t${at}, title: T${at}, timeout: *slow }`);
    const text = `name: x\ntest: t\ntasks:\n  - { id: a, title: A, timeout: &slow { test: 1h } }\n${tasks.join('\n')}`;
    assert.equal(planOf(text).tasks.at(-1)?.timeout.testMs, 3_600_000);
  });

  it('gives a task the time limits of the plan, where it has none of its own', () => {
    const plan = parsePlan(
      'name: x\ntest: t\ntimeout: { generate: 1m }\ntasks: [{ id: a, title: A, timeout: { test: 2m } }, { id: b, title: B, timeout: { generate: 3m } }]',
    );
    assert.ok(plan.ok);
    assert.deepEqual(
      plan.plan.tasks.map(({ timeout }) => timeout),
      [
        { generateMs: 60_000, testMs: 120_000 },
        { generateMs: 180_000, testMs: 300_000 },
      ],
    );
  });

  it('keeps the description unchanged', () => {
    const description = '# Title\n\n  indented: "yes"\n\ttab\n';
    const text = stringify({ name: 'x', test: 't', tasks: [{ id: 'a', title: 'A', description }] });
    assert.equal(planOf(text).tasks[0]?.description, description);
  });
});

describe('parsePlan, a plan with a merge conflict of git', () => {
  const conflict =
    'name: x\n<<<<<<< HEAD\ntest: npm test\n=======\ntest: npm run check\n>>>>>>> topic\ntasks:\n  - id: a\n    title: A\n';

  it('has one problem, in the line where the conflict begins', () => {
    const diff3 = conflict.replace('=======', '||||||| 1234567\ntest: make\n=======');
    for (const text of [conflict, diff3, conflict.replaceAll('\n', '\r\n'), Buffer.from(conflict)]) {
      const [problem, ...others] = problemsOf(text);
      assert.deepEqual([problem?.line, problem?.path, others], [2, '', []]);
      assert.match(
        problem?.message ?? '',
        /^a merge conflict of git is not resolved here: .* delete the lines/,
      );
    }
    assert.match(problemsOf(diff3)[0]?.message ?? '', /, and all between \|{7} and =======$/, 'neither side');
    assert.doesNotMatch(problemsOf(conflict)[0]?.message ?? '', /\|/);
    const left = conflict.replace(/<<<<<<< HEAD\n[^]*?=======\n/, '');
    assertProblem(left, 3, '', /not resolved here/);
  });

  it('may have a description that is about conflicts', () => {
    const told = conflict.replace(/<<<<<<<[^]*>>>>>>> topic/, 'test: t');
    const description = '    description: |\n      <<<<<<< HEAD\n      =======\n      >>>>>>> topic\n';
    assert.match(planOf(`${told}${description}`).tasks[0]?.description ?? '', /^<<<<<<< HEAD\n=======\n/);
  });
});

describe('parsePlan, a plan with many mistakes', () => {
  const text = `name: 2024
modle: x
concurrency: 0
network: setp
env: [TZ, ANTHROPIC_API_KEY]
on_blocker: http://example.org
prices: { ok: { input: 1, output: -2 } }
protect: ["src/[a"]
tasks:
  - id: 12
    title: A
    agent: backend
    agent: test
  - id: b
    title: A
    depends_on:
      - c
      - b
      - cc
    timeout: { generate: 5, test: 25h }
    files: [../x]
  - id: c
    depends_on: [b]
    agent: backnd
  - hello
`;
  const expected: [number, string, RegExp][] = [
    [1, 'name', /found the number 2024, expected text: write it in quotes, "2024"/],
    [2, 'modle', /unknown key "modle"; did you mean "model"/],
    [3, 'concurrency', /expected a whole number from 1 to 1000/],
    [4, 'network', /did you mean "setup"/],
    [5, 'env[1]', /secret/],
    [6, 'on_blocker', /https URL/],
    [7, 'prices.ok.output', /0 or more/],
    [8, 'protect[0]', /never closes/],
    [10, 'tasks[0].id', /in quotes, "12"/],
    [10, 'tasks[0]', /no test/],
    [13, '', /key agent a second time/],
    [14, 'tasks[1]', /no test/],
    [15, 'tasks[1].title', /tasks\[0\]\.title has it \(line 11\)/],
    [18, 'tasks[1].depends_on[1]', /depends on itself/],
    [19, 'tasks[1].depends_on[2]', /did you mean "c"/],
    [20, 'tasks[1].timeout.generate', /with its unit/],
    [20, 'tasks[1].timeout.test', /at most 24h/],
    [21, 'tasks[1].files[0]', /without \. or \.\./],
    [22, 'tasks[2].title', /is missing/],
    [22, 'tasks[2]', /no test/],
    [23, 'tasks[2].depends_on[0]', /b → c → b/],
    [24, 'tasks[2].agent', /did you mean "backend"/],
    [25, 'tasks[3]', /expected keys and values \(id, title, /],
  ];

  it('names the keys where one value stands for them', () => {
    assertProblem(
      'name: a\ntest: t\ntimeout: 5m\ntasks: [{ id: b, title: B }]\n',
      3,
      'timeout',
      /^found "5m", expected keys and values \(generate, test\)$/,
    );
  });

  it('knows a key by its beginning', () => {
    const short = (key: string) => `name: a\ntest: t\ntasks:\n  - { id: b, title: B, ${key}: c }\n`;
    assertProblem(short('desc'), 4, 'tasks[0].desc', /did you mean "description"\?$/);
    assertProblem(short('depends'), 4, 'tasks[0].depends', /did you mean "depends_on"\?$/);
    assertProblem(short('t'), 4, 'tasks[0].t', /expected one of id, title, /);
  });

  it('names the option that limits the cost, where a plan has a budget', () => {
    const budget = (key: string) => `name: a\ntest: t\n${key}: 5\ntasks: [{ id: b, title: B }]\n`;
    for (const key of ['budget', 'budget_usd'])
      assertProblem(budget(key), 3, key, /; a budget is given with the run: --budget-usd 5$/);
  });

  it('says how a text is written as a list', () => {
    const parsed = parsePlan(
      'name: x\ntest: t\nprotect: "**/*.ts"\ntasks:\n  - { id: b, title: B, depends_on: "a, c" }\n',
    );
    const messages = parsed.ok ? [] : parsed.problems.map(({ message }) => message);
    assert.deepEqual(messages.sort(), [
      'found "**/*.ts", expected a list: write it in brackets, ["**/*.ts"]',
      'found "a, c", expected a list: write it in brackets, [a, c]',
    ]);
  });

  for (const [line, path, words] of expected) {
    it(`finds ${path || 'the duplicate key'} on line ${line} (${words.source})`, () => {
      assertProblem(text, line, path, words);
    });
  }

  it('finds everything that is wrong with limits of models', () => {
    const limits =
      'limits:\n  a: { context: 32768, output: 32768 }\n  b: { contxt: 9000, output: 1.5 }\n  c: { context: 100, output: 8192 }\n';
    const found = problemsOf(`${limits}${SMALL}`);
    assert.deepEqual(found.map(({ path, line }) => `${line} ${path}`).sort(), [
      '2 limits.a.output',
      '3 limits.b.context',
      '3 limits.b.contxt',
      '3 limits.b.output',
      '4 limits.c.context',
      '4 limits.c.output',
    ]);
    const says = (path: string) => found.find((problem) => problem.path === path)?.message ?? '';
    assert.match(says('limits.a.output'), /less than `context`/);
    assert.match(says('limits.b.contxt'), /did you mean "context"/);
    assert.match(says('limits.b.output'), /a number of tokens, 1024 or more/);
    assert.match(says('limits.c.context'), /8192 or more/);
  });

  it('finds nothing else, and sorts by line', () => {
    const problems = problemsOf(text);
    assert.equal(problems.length, expected.length, JSON.stringify(problems, null, 1));
    const lines = problems.map(({ line }) => line ?? 0);
    assert.deepEqual(
      lines,
      lines.toSorted((a, b) => a - b),
    );
  });
});

describe('parsePlan, texts that are not a plan', () => {
  const cases: [string, string | Uint8Array, number, string, RegExp][] = [
    ['nothing', '', 1, '', /empty/],
    ['only comments', '# x\n\n# y\n', 1, '', /empty/],
    ['a list', '- a\n- b\n', 1, '', /found a list, expected keys/],
    ['a word', 'hello', 1, '', /found "hello"/],
    ['two documents', `${SMALL}---\n${SMALL}`, 6, '', /second document/],
    [
      'a tab before more keys',
      'name: x\ntest: t\ntasks:\n  - id: a\n\ttitle: A\n    priority: 1\n',
      5,
      '',
      /tab/,
    ],
    ['a tab', 'name: x\ntest: t\ntasks:\n\t- id: a\n', 4, '', /tab/],
    ['bytes of Latin-1', Buffer.from('name: x\ntest: caf\xe9\n', 'latin1'), 2, '', /UTF-8/],
    ['a huge file', `#${'x'.repeat(PLAN_MAX_BYTES)}`, 1, '', /at most/],
    ['brackets without end', '['.repeat(100_000), 1, '', /nested/],
    ['dashes without end', '- '.repeat(100_000), 1, '', /nested/],
    ['keys without end', '\n{a: '.repeat(100_000), 101, '', /nested/],
    ['an unknown tag', `${SMALL}model: !!js/function x\n`, 6, '', /tag/],
    ['an unknown alias', `${SMALL}model: *x\n`, 6, '', /no anchor/],
    ['an alias of itself', 'name: x\ntasks: &t [*t]\n', 2, '', /part of what/],
    ['a list as a key', `${SMALL}? [a]\n: b\n`, 6, '', /as a key/],
    ['no tasks', 'name: x\ntest: t\ntasks: []\n', 3, 'tasks', /an empty list, expected at least one/],
    ['empty values', 'name:\ntest: t\ntasks: [{ id: a, title: A }]', 1, 'name', /found nothing/],
    ['a merge key', `x: &x { title: B }\n${SMALL}  - <<: *x\n    id: b\n`, 7, 'tasks[1]["<<"]', /merge keys/],
  ];
  for (const [what, text, line, path, words] of cases) {
    it(what, () => assertProblem(text, line, path, words));
  }

  it('aliases to aliases to aliases', () => {
    const lines = Array.from({ length: 12 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(10)}]`);
    assertProblem(['a0: &a0 [x]', ...lines].join('\n'), 7, '', /more than 1000000 values/);
  });

  it('reports problems before a syntax error, and none after it', () => {
    const problems = problemsOf('modl: x\ntasks:\n  - id: a\n    title: [b\nfoo: 1\n');
    assert.ok(problems.some(({ path, line }) => path === 'modl' && line === 1));
    assert.ok(problems.some(({ message }) => /not valid YAML/.test(message)));
    assert.ok(problems.every(({ message }) => !/missing|foo/.test(message)));
  });

  for (const [what, task, line, advice] of [
    [
      'a title with a colon',
      '  - id: a\n    title: Fix: the cart\n',
      5,
      /; put a text with a colon in quotes/,
    ],
    [
      'a key too far to the right',
      '  - id: a\n     title: A\n',
      4,
      /; .* keys of one task in the same column/,
    ],
    [
      'a key too far to the left',
      '  - id: a\n   title: A\n',
      5,
      /; begin the keys of one task in the same column/,
    ],
    ['a key without a space', '  - id:a\n    title: A\n', 4, /; write a colon and a space behind a key/],
    [
      'a text that is not indented',
      '  - id: a\n    description: |\n    Do it\n',
      6,
      /; indent the lines of a text/,
    ],
    [
      'a title with a backtick',
      '  - id: a\n    title: `sum` is wrong\n',
      5,
      /; put the whole text in quotes/,
    ],
    ['a title with brackets', '  - id: a\n    title: [cart] Sum it\n', 5, /; put a text that has brackets/],
    [
      'an apostrophe in quotes',
      "  - id: a\n    title: 'it's'\n",
      5,
      /; put a text that has brackets or quotes/,
    ],
  ] as const) {
    it(`says what to do about ${what}`, () => {
      const problems = problemsOf(`name: x\ntest: t\ntasks:\n${task}`);
      const found = problems.filter((problem) => problem.line === line && advice.test(problem.message));
      assert.ok(found.length > 0, JSON.stringify(problems));
    });
  }

  it('names a cycle of a task whose id another one has too', () => {
    const tasks = [
      { id: 'a', title: 'A', depends_on: ['b'] },
      { id: 'b', title: 'B', depends_on: ['a'] },
      { id: 'a', title: 'C' },
    ];
    const problems = problemsOf(JSON.stringify({ name: 'x', test: 't', tasks }));
    assert.ok(problems.some(({ message }) => /cycle: a → b → a/.test(message)));
    assert.equal(problems.length, 2);
  });

  it('names the ends of a long cycle', () => {
    const tasks = Array.from({ length: 2000 }, (_, at) => ({
      id: `t${at}`,
      title: `T${at}`,
      depends_on: [`t${(at + 1) % 2000}`],
    }));
    const [only, ...others] = problemsOf(JSON.stringify({ name: 'x', test: 't', tasks }));
    assert.equal(others.length, 0);
    assert.match(only?.message ?? '', /t0 → t1 → .* more\) → .* → t1999 → t0/);
  });
});

const oneLine = fc
  .string({ minLength: 1, maxLength: 60, unit: 'binary' })
  .filter((text) => text.trim() !== '' && !/[\p{Cs}\p{Cc}\u2028\u2029]/u.test(text));
const command = fc.string({ minLength: 1, maxLength: 60 }).filter((text) => /^[^:\0]*\S[^:\0]*$/.test(text));
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

/** The input of any valid plan. Each task may depend on earlier ones. */
const planInput: fc.Arbitrary<PlanInput> = fc
  .record(
    {
      name: oneLine,
      test: command,
      model: fc.constantFrom('claude-sonnet-5-5', 'my-model:1'),
      concurrency: fc.integer({ min: 1, max: 1000 }),
      setup: command,
      env: fc.array(fc.constantFrom('TZ', 'LANG', '_x')),
      protect: fc.array(fc.constantFrom('**/*.spec.ts', 'a/{b,c}/[!x]?.md', 'docs/')),
      prices: fc.dictionary(
        fc.constantFrom('m', 'n'),
        fc.record({ input: fc.nat(50), output: fc.double({ min: 0, max: 99, noNaN: true }) }),
      ),
      tasks: fc.uniqueArray(
        fc.record(
          {
            title: oneLine,
            description: fc.string().filter((text) => !text.includes('\0')),
            agent: fc.constantFrom('backend' as const, 'frontend' as const, 'test' as const),
            priority: fc.integer({ min: 0, max: 4 }),
            can_parallelize: fc.boolean(),
            dependsOnEarlier: fc.array(fc.nat(), { maxLength: 3 }),
            timeout: optional(fc.constant({ generate: '1h30m', test: '45s' })),
          },
          { requiredKeys: ['title', 'dependsOnEarlier'] },
        ),
        { minLength: 1, maxLength: 8, selector: ({ title }) => title },
      ),
    },
    { requiredKeys: ['name', 'test', 'tasks'] },
  )
  .map((plan) => ({
    ...plan,
    tasks: plan.tasks.map(({ dependsOnEarlier, timeout, ...task }, at) => ({
      ...task,
      id: `task-${at}`,
      depends_on: [...new Set(at === 0 ? [] : dependsOnEarlier.map((pick) => `task-${pick % at}`))],
      ...(timeout === undefined ? {} : { timeout }),
    })),
  }));

describe('parsePlan, properties', () => {
  it('parses any valid plan, as YAML and as JSON', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        const plan = planOf(stringify(input));
        assert.deepEqual(planOf(JSON.stringify(input)), plan);
        assert.equal(plan.name, input.name);
        assert.deepEqual(
          plan.tasks.map(({ title, description, dependsOn }) => [title, description, dependsOn]),
          input.tasks.map(({ title, description, depends_on }) => [title, description ?? '', depends_on]),
        );
      }),
    );
  });

  it('never throws on a mutated plan, and reports a line for every problem', () => {
    const mutation = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat(5),
      added: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom('\t', '&a ', '*a', '- ', ': ', '\n', '!!x '),
      ),
    });
    fc.assert(
      fc.property(planInput, fc.array(mutation, { minLength: 1, maxLength: 5 }), (input, mutations) => {
        const text = mutations.reduce((current, { at, removed, added }) => {
          const index = Math.floor(at * current.length);
          return current.slice(0, index) + added + current.slice(index + removed);
        }, stringify(input));
        const parsed = parsePlan(text);
        if (parsed.ok) return;
        assert.ok(parsed.problems.length > 0);
        const lines = text.split('\n').length;
        for (const { line, message } of parsed.problems) {
          assert.ok(line !== null && line >= 1 && line <= lines && message !== '', JSON.stringify(parsed));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('never throws on more mistakes than a call can have arguments', () => {
    assert.equal(parsePlan(`name: x\na: ${'}'.repeat(130_000)}`).ok, false);
  });

  it('never throws on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parsePlan(bytes)));
  });
});
