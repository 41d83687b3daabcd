import assert from 'node:assert/strict';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { SCRIPTED_MODEL } from '../../src/model/known-models.js';
import { priceOf } from '../../src/model/prices.js';
import { planHash } from '../../src/plan/plan-hash.js';
import { costRange } from '../../src/plan/estimate-cost.js';
import { topologicalOrder } from '../../src/plan/task-order.js';
import { parsePlan } from '../../src/plan/parse-plan.js';
import type { Plan, PlanInput } from '../../src/plan/plan-schema.js';
import { detectTest, planJsonSchema, planTemplate } from '../../src/plan/plan-template.js';

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

describe('planTemplate', () => {
  const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(planJsonSchema())) as Record<string, unknown>);

  const names = ['bookshop', '2024', 'yes', 'a: b # c', '"quoted"', ' \n\t', '- x', '*x', 'ö'.repeat(500)];
  const tests = [null, 'npm test', 'true', 'echo "a: b" # c', "sh -c 'a\nb'", '# x'];
  for (const name of names) {
    for (const test of tests) {
      it(`is valid for ${JSON.stringify({ name, test }).slice(0, 60)}`, () => {
        const text = planTemplate({ name, test });
        assert.match(text, /^# yaml-language-server: \$schema=\.\/leadwright\.schema\.json\n/);
        assert.equal(planOf(text).test, test);
        const checked = schema.safeParse(parse(text));
        assert.ok(checked.success, checked.error?.message ?? '');
      });
    }
  }

  it('contains only comments that are valid when uncommented', () => {
    const text = planTemplate({ name: 'x', test: 'npm test' })
      .replaceAll(/^( *)# (?=[a-z_]+:)/gm, '$1')
      .replace('  # - id: second-task', '  - id: second-task')
      .replaceAll(/^ {2}# {3}(?=[a-z_]+:)/gm, '    ');
    assert.equal(planOf(text).tasks.length, 2);
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
