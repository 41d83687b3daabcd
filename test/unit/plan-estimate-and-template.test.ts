import assert from 'node:assert/strict';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { SCRIPTED_MODEL } from '../../src/model/known-models.js';
import { priceOf } from '../../src/model/prices.js';
import { planHash } from '../../src/plan/plan-hash.js';
import type { ShownFile } from '../../src/agent/shown-files.js';
import { readFileTokens } from '../../src/cli/start/file-tokens.js';
import { linkWarnings } from '../../src/cli/start/link-warnings.js';
import { costRange, type CostEstimate } from '../../src/plan/estimate-cost.js';
import { topologicalOrder } from '../../src/plan/task-order.js';
import { parsePlan } from '../../src/plan/parse-plan.js';
import type { Plan, PlanInput } from '../../src/plan/plan-schema.js';
import { languageTemplate, LANGUAGES } from '../../src/plan/language-templates.js';
import { detectTest, PLACEHOLDERS, planJsonSchema, planTemplate } from '../../src/plan/plan-template.js';

function planOf(text: string): Plan {
  const parsed = parsePlan(text);
  if (!parsed.ok) assert.fail(JSON.stringify(parsed.problems, null, 1));
  return parsed.plan;
}

type TaskInput = PlanInput['tasks'][number];

function planWith(tasks: readonly (Partial<TaskInput> & { id: string })[], concurrency = 10): Plan {
  const titled = tasks.map((task) => ({ title: `Title of ${task.id}`, ...task }));
  return planOf(stringify({ name: 'x', test: 't', concurrency, tasks: titled }));
}

describe('topologicalOrder', () => {
  it('follows dependencies, then priority, then the order of the file', () => {
    const plan = planWith([
      { id: 'late', depends_on: ['first', 'urgent'] },
      { id: 'first' },
      { id: 'urgent', priority: 0 },
      { id: 'later', depends_on: ['late'] },
    ]);
    assert.deepEqual(topologicalOrder(plan), {
      order: ['urgent', 'first', 'late', 'later'],
      waves: [['urgent', 'first'], ['late'], ['later']],
      criticalPath: ['first', 'late', 'later'],
    });
  });

  it('respects the concurrency, and runs tasks alone that cannot be parallelized', () => {
    const plan = planWith(
      [
        { id: 'a' },
        { id: 'b' },
        { id: 'c' },
        { id: 'alone', can_parallelize: false, priority: 1 },
        { id: 'z', priority: 0 },
      ],
      2,
    );
    assert.deepEqual(topologicalOrder(plan).waves, [['z'], ['alone'], ['a', 'b'], ['c']]);
  });

  it('raises the priority of a waiting task, so that none starves', () => {
    const chain = Array.from({ length: 6 }, (_, at) => ({
      id: `t${at}`,
      priority: 0,
      depends_on: at === 0 ? [] : [`t${at - 1}`],
    }));
    const { order } = topologicalOrder(planWith([{ id: 'low', priority: 3 }, ...chain], 1));
    assert.equal(order.indexOf(planWith([{ id: 'low' }]).tasks[0]?.id ?? assert.fail()), 3);
  });

  it('sorts a long chain without a stack overflow', () => {
    const chain = Array.from({ length: 5_000 }, (_, at) => ({
      id: `t${at}`,
      title: `T${at}`,
      depends_on: at === 0 ? [] : [`t${at - 1}`],
    }));
    const { order, criticalPath } = topologicalOrder(
      planOf(JSON.stringify({ name: 'x', test: 't', tasks: chain })),
    );
    assert.equal(order.length, 5_000);
    assert.equal(criticalPath.length, 5_000);
  });
});

describe('costRange', () => {
  const plan = planWith([
    { id: 'a', files: ['src/a.ts'] },
    { id: 'b', description: 'x'.repeat(9000) },
  ]);

  it('returns a range that grows with the corrections, with an explanation', () => {
    const price = priceOf('claude-sonnet-5-5');
    const { low, high, explanation } = costRange(plan, () => price, { maxCorrections: 1 });
    assert.equal(low.modelCalls, 6);
    assert.equal(high.modelCalls, 48);
    assert.ok((low.costUsd ?? 0) > 0 && (low.costUsd ?? 0) < (high.costUsd ?? 0));
    assert.ok((high.costUsd ?? 0) < (costRange(plan, () => price).high.costUsd ?? 0));
    assert.ok(explanation.some((line) => line.includes('every correction (1)')));
  });

  it('has a likely cost that grows with the files that tasks name, in each of its turns', () => {
    const likelyOf = (files: readonly string[]) =>
      costRange(planWith([{ id: 'a', files: [...files] }]), () => price).likely;
    const price = priceOf('claude-sonnet-5-5');
    const [none, two] = [likelyOf([]), likelyOf(['a.ts', 'b.ts'])];
    assert.equal(two.modelCalls, none.modelCalls);
    assert.equal(two.inputTokens - none.inputTokens, none.modelCalls * 2 * 2_500);
    assert.ok((two.costUsd ?? 0) > (none.costUsd ?? 0));
    const withoutMap = costRange(planWith([{ id: 'a' }]), () => price, { mapTokens: 0 }).likely;
    assert.equal(none.inputTokens - withoutMap.inputTokens, none.modelCalls * 4_000);
  });

  it('keeps prompts within the window of the model that makes each attempt', () => {
    const one = planWith([{ id: 'a' }]);
    const inputOf = (contextTokens: (attempt: number) => number) =>
      costRange(one, () => null, {
        contextTokens: (_task, attempt) => contextTokens(attempt),
        maxCorrections: 1,
      }).high.inputTokens;
    assert.equal(
      inputOf(() => 5_000),
      24 * 5_000,
    );
    assert.equal(
      inputOf((attempt) => attempt * 3_000),
      12 * 3_000 + 12 * 6_000,
    );
  });

  it('counts a file as a prompt shows it, and one that is not there yet by a guess', async () => {
    const shownAs: Readonly<Record<string, ShownFile>> = {
      'small.ts': { kind: 'text', text: 'x'.repeat(36), blob: '' },
      'large.ts': { kind: 'text', text: 'x'.repeat(70_000), blob: '' },
      'huge.sql': { kind: 'too-large', why: 'huge' },
      'logo.png': { kind: 'binary', bytes: 700_000 },
      '.env': { kind: 'withheld', why: 'settings' },
    };
    const read = (path: string) => Promise.resolve<ShownFile>(shownAs[path] ?? { kind: 'missing' });
    const names = [...Object.keys(shownAs), 'not-yet.ts'];
    const fileTokens = await readFileTokens({ read }, names);
    const firstPrompt = (...files: string[]) =>
      costRange(planWith([{ id: 'a', files }]), () => null, {
        fileTokens,
        low: { turns: 1, outputTokensPerTurn: 1, toolResultTokens: 0 },
      }).low.inputTokens;
    const shown = (file: string) => firstPrompt(file) - firstPrompt();
    assert.deepEqual(names.map(shown), [11, 20_000, 0, 0, 0, 2_500]);
  });

  it('warns of links to no file, where a task or an agent would read them', async () => {
    const link = { kind: 'link' as const, target: '../elsewhere.md', file: null };
    const shownAs: Readonly<Record<string, ShownFile>> = {
      'AGENTS.md': { ...link, file: 'docs/agents.md' },
      'src/CLAUDE.md': link,
      'src/cart.ts': link,
    };
    const read = (path: string) => Promise.resolve<ShownFile>(shownAs[path] ?? { kind: 'missing' });
    const plan = planWith([{ id: 'a', files: ['src/cart.ts', 'AGENTS.md'] }]);
    assert.deepEqual(await linkWarnings({ read }, plan), [
      '"src/cart.ts" is a symbolic link to "../elsewhere.md", which is no file at the base, so agents are not shown it',
      '"src/CLAUDE.md" is a symbolic link to "../elsewhere.md", which is no file at the base, so its instructions are not read',
    ]);
  });

  describe('with earlier runs', () => {
    const price = priceOf('claude-sonnet-5-5');
    const used = { modelCalls: 40, inputTokens: 400_000, outputTokens: 8_000 };
    const after = (earlier: { readonly tasks: number; readonly costUsd: number } | null) =>
      costRange(plan, () => price, {}, earlier === null ? null : { ...used, ...earlier });

    it('takes what is likely of a task from them, once they have enough tasks', () => {
      const known = after({ tasks: 4, costUsd: 6 });
      assert.deepEqual(
        known.likely,
        { modelCalls: 20, inputTokens: 200_000, outputTokens: 4_000, costUsd: 3 },
        'two tasks, each with a quarter of it',
      );
      assert.match(known.explanation.join('\n'), /what 4 tasks of earlier runs on this repository have cost/);
      assert.deepEqual(after({ tasks: 2, costUsd: 60 }), after(null), 'two tasks say little');
    });

    it('has a range in numbers when the model costs nothing by now', () => {
      const free = costRange(plan, () => priceOf(SCRIPTED_MODEL), {}, { ...used, tasks: 4, costUsd: 6 });
      assert.deepEqual(
        [free.low.costUsd, free.likely.costUsd, free.high.costUsd],
        [0, 3, 3],
        'nothing tells how far the costs may be from the average',
      );
    });

    it('has a range that holds what is likely, and tokens that belong to its costs', () => {
      const [cheap, assumed, dear] = [0.001, 6, 4_000].map((costUsd) => after({ tasks: 4, costUsd }));
      assert.ok(cheap !== undefined && assumed !== undefined && dear !== undefined);
      const none = after(null);
      const ratio = (one: CostEstimate, other: CostEstimate) => (one.costUsd ?? 0) / (other.costUsd ?? 0);
      assert.deepEqual([assumed.low, assumed.high], [none.low, none.high]);
      assert.deepEqual([cheap.high, dear.low], [none.high, none.low]);
      // An average is no limit: half of all runs may cost more.
      assert.equal(ratio(cheap.low, cheap.likely).toFixed(6), ratio(none.low, none.likely).toFixed(6));
      assert.equal(ratio(dear.high, dear.likely).toFixed(6), ratio(none.high, none.likely).toFixed(6));
      assert.match(cheap.explanation.join('\n'), /at least: as much below what is likely/);
      assert.match(dear.explanation.join('\n'), /at most: as much above what is likely/);
    });
  });

  it('counts tokens without a price, and costs nothing when scripted', () => {
    const { low, high } = costRange(plan, () => null);
    assert.equal(low.costUsd, null);
    assert.ok(high.inputTokens > low.inputTokens);
    assert.equal(costRange(plan, () => priceOf(SCRIPTED_MODEL)).high.costUsd, 0);
  });

  it('counts the definitions of tools of MCP servers in each turn', () => {
    const without = costRange(plan, () => null).low;
    const toolChars = ({ id }: { readonly id: string }) => (id === 'a' ? 30_000 : 0);
    const { low } = costRange(plan, () => null, { toolChars });
    assert.equal(low.inputTokens - without.inputTokens, 3 * 10_000);
  });
});

describe('planHash', () => {
  const text =
    'name: x\ntest: t\ntasks:\n  - { id: a, title: A, test: u }\n  - { id: b, title: B, depends_on: [a] }\n';

  it('is equal for the same plan written differently', () => {
    const other =
      '# a comment\ntasks:\n  - { title: "A", id: a, test: u, priority: 2 }\n  - { depends_on: [a], id: b, title: B }\nverify: t\ntest: t\nname: x\n';
    assert.equal(planHash(planOf(other)), planHash(planOf(text)));
    assert.match(planHash(planOf(text)), /^[0-9a-f]{64}$/);
  });

  const changes: [string, string][] = [
    ['name: x', 'name: y'],
    ['title: A', 'title: C'],
    ['test: u', 'test: t'],
    ['test: t', 'test: t\nprotect: []'],
    ['depends_on: [a]', 'priority: 1'],
  ];
  for (const [from, to] of changes) {
    it(`differs with ${JSON.stringify(to)} instead of ${JSON.stringify(from)}`, () => {
      assert.notEqual(planHash(planOf(text.replace(from, to))), planHash(planOf(text)));
    });
  }
});

/** The template as a person completes it. */
const completed = (template: string) =>
  template
    .replace(PLACEHOLDERS.title, 'Sum the cart')
    .replace('Tell the agent here, in Markdown,', 'Prices are in cents. Nobody says')
    .replace(/^# test: npm test # set this .*$/m, 'test: my-tests');

describe('planTemplate', () => {
  const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(planJsonSchema())) as Record<string, unknown>);

  const names = ['bookshop', '2024', 'yes', 'a: b # c', '"quoted"', ' \n\t', '- x', '*x', 'ö'.repeat(500)];
  const tests = [null, 'npm test', 'true', 'echo "a: b" # c', "sh -c 'a\nb'", '# x'];
  for (const name of names) {
    for (const test of tests) {
      it(`is valid for ${JSON.stringify({ name, test }).slice(0, 60)}`, () => {
        const text = planTemplate({ name, test });
        assert.match(text, /^# yaml-language-server: \$schema=\.\/leadwright\.schema\.json\n/);
        assert.equal(planOf(completed(text)).test, test ?? 'my-tests');
        const checked = schema.safeParse(parse(text));
        assert.ok(checked.success, checked.error?.message ?? '');
      });
    }
  }

  for (const language of LANGUAGES) {
    it(`is valid for ${language}, with what its sandbox needs`, () => {
      const sandbox = languageTemplate(language, [], null);
      const plan = planOf(completed(planTemplate({ name: 'x', test: sandbox.test, sandbox })));
      assert.deepEqual(
        [plan.setup, plan.network, plan.test, plan.env],
        [sandbox.setup, 'setup', sandbox.test, sandbox.env],
      );
    });
  }

  it('names the variables that are set, and the others in a comment only when none is', () => {
    const sandbox = languageTemplate('python', [], null);
    const lineWith = (...set: readonly string[]) =>
      planTemplate({ name: 'x', test: 't', sandbox, isSet: (name) => set.includes(name) })
        .split('\n')
        .find((line) => /^(# )?env: /.test(line))
        ?.replace(/\].*/, ']');
    assert.equal(lineWith('PIP_CERT', 'TZ'), 'env: [PIP_CERT]');
    assert.equal(lineWith(), '# env: [PYTHONPATH, PIP_INDEX_URL, PIP_CERT]');
  });

  const problemsOf = (text: string) => {
    const parsed = parsePlan(text);
    return parsed.ok
      ? []
      : parsed.problems.map(({ line, path }) => `${path}: ${text.split('\n')[(line ?? 0) - 1]}`);
  };

  it('is refused while a task has its placeholders, at their lines', () => {
    assert.deepEqual(problemsOf(planTemplate({ name: 'x', test: 'npm test' })), [
      `tasks[0].title:     title: ${PLACEHOLDERS.title}`,
      'tasks[0].description:     description: |',
    ]);
  });

  it('needs a default test when none was detected, which then counts for its task', () => {
    const text = planTemplate({ name: 'x', test: null });
    const described = text
      .replace(PLACEHOLDERS.title, 'Sum the cart')
      .replace(/Tell the agent here.*/, 'In cents.');
    assert.deepEqual(problemsOf(described).length, 1);
    assert.match(problemsOf(described)[0] ?? '', /^tasks\[0\]:/);
    assert.equal(planOf(completed(text)).tasks[0]?.test, 'my-tests');
  });

  it('takes the package manager of the repository', () => {
    assert.equal(
      languageTemplate('typescript', ['pnpm-lock.yaml'], 'pnpm test').setup,
      'pnpm install --frozen-lockfile',
    );
    assert.match(
      languageTemplate('python', ['requirements.txt'], 'pytest').setup,
      /pip install .* -r requirements\.txt$/,
    );
    assert.match(languageTemplate('python', ['uv.lock'], 'pytest').test, /^uv run --offline/);
  });

  it('contains only comments that are valid when uncommented', () => {
    const text = planTemplate({ name: 'x', test: 'npm test' })
      .replaceAll(/^( *)# (?=[a-z_]+:)/gm, '$1')
      .replace('  # - id: second-task', '  - id: second-task')
      .replaceAll(/^ {2}# {3}(?=[a-z_]+:)/gm, '    ');
    assert.equal(planOf(completed(text)).tasks.length, 2);
  });

  it('has a schema that refuses what the plan refuses', () => {
    assert.equal(schema.safeParse({ name: 'x', tasks: [{ id: 'A', title: 'x' }] }).success, false);
    assert.equal(schema.safeParse({ name: 'x', nam: 'y', tasks: [{ id: 'a', title: 'x' }] }).success, false);
    assert.equal(schema.safeParse({ name: 'x', tasks: [] }).success, false);
  });
});

describe('detectTest', () => {
  const withTest = JSON.stringify({ scripts: { test: 'mocha' } });
  const table: [string | null, string[], string?][] = [
    ['npm test', ['package.json', 'Makefile'], withTest],
    ['pnpm test', ['package.json', 'pnpm-lock.yaml'], withTest],
    ['make test', ['package.json', 'Makefile'], '{"scripts":{"test":"echo \\"Error: no test specified\\""}}'],
    [null, ['package.json'], 'not JSON'],
    ['cargo test', ['Cargo.toml']],
    ['go test ./...', ['go.mod', 'main.go']],
    ['./mvnw test', ['pom.xml', 'mvnw']],
    ['mvn test', ['pom.xml']],
    ['pytest', ['pyproject.toml']],
    [null, ['README.md']],
    [null, []],
  ];
  for (const [command, files, packageJson] of table) {
    it(`${files.join(', ') || 'nothing'}: ${command ?? 'no guess'}`, () => {
      assert.equal(detectTest(files, packageJson), command);
    });
  }
});
