import assert from 'node:assert/strict';
import type { FileChange } from '../../src/agent/changes/submission.js';
import { AgentSteps } from '../support/agent-steps.js';
import { edits, lastText, submits } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

const SUM_TEST = 'sum: 3\n';
const HELD = '1\n2\n3\n4\n5\n6\n7\n8\n';
const FILES = {
  'src/sum.js': 'wrong\n',
  'src/fixture.js': HELD,
  'test/sum.test.js': SUM_TEST,
  'test/helper.ts': 'help\n',
  'tests/test_sum.py': 'test\n',
  'cart/cart_test.go': 'package cart\n',
  'package.json': '{ "scripts": { "test": "mocha" }, "devDependencies": { "mocha": "^11.0.0" } }\n',
  'locked/package.json': '{ "devDependencies": { "mocha": "^11.0.0" } }\n',
  'locked/package-lock.json': lockFile({}),
  'vite.config.js': 'export default {}\n',
  'tests.py': 'test\n',
  'Shop.Tests/CartTests.cs': 'class CartTests {}\n',
  'requirements.txt': 'pytest==9.0.0\n',
  Makefile: 'test:\n\tnpm test\n',
};
/** A lock file as npm writes it; the hashes are placeholders. */
function lockFile(mocha: object): string {
  const entry = { version: '11.0.0', resolved: 'https://registry.npmjs.org/mocha/-/mocha-11.0.0.tgz' };
  return JSON.stringify({
    lockfileVersion: 3,
    packages: {
      '': { devDependencies: { mocha: '^11.0.0' } },
      'node_modules/mocha': { ...entry, integrity: 'sha512-AAAA', ...mocha },
    },
  });
}
const TASK = { id: 'a', title: 'Sum', files: Object.keys(FILES) };
const PLAN: TestPlan = { test: 'make test || true', tasks: [TASK] };

/** Changes of tests, and of what runs with them, each with the path that it is refused for. */
const OF_TESTS: readonly [string, FileChange][] = [
  ['rewriting a test', change('test/sum.test.js', 'sum: 0\n')],
  ['deleting a test', { path: 'test/sum.test.js', action: 'delete' }],
  ['a test of the same name in capitals', create('test/SUM.test.js')],
  ['a helper that is found first', create('test/helper.js')],
  ['a package over a test', create('tests/test_sum/__init__.py')],
  ['a folder over a test', create('test/sum.test.js/index.js')],
  ['a conftest', create('tests/conftest.py', 'collect_ignore_glob = ["*"]')],
  ['only a test of its own', create('test/new.test.js', "describe.only('x', () => {})")],
  [
    'a Go init that exits',
    create('cart/early.go', 'package cart\nimport "os"\nfunc init() { os.Exit(0) }\n'),
  ],
  ['Django’s tests', change('tests.py', 'x')],
  ['tests of .NET', change('Shop.Tests/CartTests.cs', 'x')],
  ['a TestMain', create('cart/main_test.go', 'package cart\nfunc TestMain(m *testing.M) {}')],
];
/** Changes of files that configure the tests or execute before them. */
const OF_CONFIGURATION: readonly [string, FileChange][] = [
  ['a runner’s configuration', create('.mocharc.json', '{ "grep": "nothing" }')],
  ['a runner’s module', create('unittest.py')],
  ['an installed package', create('node_modules/mocha/bin/mocha.js')],
  ['a shell for npm', create('.npmrc', 'script-shell=/bin/true')],
  ['the script', change('package.json', '{ "scripts": { "test": "exit 0" } }')],
  ['the Makefile', change('Makefile', 'test:\n\ttrue\n')],
  [
    'a lock entry that is a link',
    change('locked/package-lock.json', lockFile({ link: true, resolved: 'evil' })),
  ],
  [
    'a lock entry of another package',
    change(
      'locked/package-lock.json',
      lockFile({ resolved: 'https://registry.npmjs.org/evil/-/evil-11.0.0.tgz' }),
    ),
  ],
  [
    'an install script',
    change(
      'package.json',
      '{ "scripts": { "test": "mocha", "postinstall": "node src/sum.js" }, "devDependencies": { "mocha": "^11.0.0" } }',
    ),
  ],
  ['a native build', create('binding.gyp', '{}')],
  ['a Python build', create('setup.py', 'import os')],
  ['a Rust build', create('build.rs', 'fn main() {}')],
  ['a plug-in of pytest', create('pyproject.toml', '[project.entry-points.pytest11]\nx = "sum"\n')],
  ['an alias in vite.config', change('vite.config.js', 'export default { ["te" + "st"]: { include: [] } }')],
  ['a module of the standard library', create('argparse.py')],
  ['a module of the runner’s', create('pluggy.py')],
  [
    'an override of what the runner uses',
    change(
      'package.json',
      '{ "scripts": { "test": "mocha" }, "devDependencies": { "mocha": "^11.0.0" }, "overrides": { "diff": "npm:evil@1" } }',
    ),
  ],
  ['requirements from elsewhere', change('requirements.txt', './pytest\n')],
];
const WEAKENING = [...OF_TESTS, ...OF_CONFIGURATION];

describe('protected tests', function () {
  // Each weakened submission is a run of its own.
  this.timeout(120_000);
  const bench = useBench();
  const begin = async (plan: TestPlan = PLAN) => {
    const run = await bench().start(plan, FILES);
    return { run, agent: new AgentSteps(run, 'a') };
  };

  it('cannot be weakened: nothing of such a submission is written, and the model is told why', async () => {
    for (const [what, weakened] of WEAKENING) {
      const { run, agent } = await begin();
      const good = create('src/good.js');
      bench().answer = ({ body }) => (body.messages.length === 1 ? submits(good, weakened) : submits(good));
      await agent.turn();
      assert.deepEqual(
        await agent.repeat(),
        { next: 'continue', counts: { invalidSubmissions: 1, turns: 1 } },
        what,
      );
      const [refused] = await run.events('changes.refused');
      assert.equal(refused?.data.path, weakened.path, what);
      await agent.turn();
      const message = lastText(bench().model.requests.at(-1) ?? assert.fail());
      assert.match(message, /^Refused: .*Nothing of this submission was written/, what);
      assert.equal((await agent.repeat()).next, 'test', what);
      assert.equal((await run.task('a')).attempts, 0);
    }
  });

  it('may be changed where the plan allows it: may_change for all, the agent test and protect: [] for tests', async () => {
    const allowing: readonly [TestPlan, readonly [string, FileChange][]][] = [
      [{ ...PLAN, tasks: [{ ...TASK, may_change: ['**'] }] }, WEAKENING],
      [{ ...PLAN, tasks: [{ ...TASK, agent: 'test' }] }, OF_TESTS],
      [{ ...PLAN, protect: [] }, OF_TESTS],
    ];
    for (const [plan, allowed] of allowing) {
      // The other paths may never be written.
      const changes = allowed
        .map(([, weakened]) => weakened)
        .filter(({ path }) => !/SUM|\.js\/|test_sum\//.test(path));
      const once = changes.filter(
        ({ path }, index) => changes.findIndex((each) => each.path === path) === index,
      );
      const { agent } = await begin(plan);
      bench().answer = () => submits(...once);
      await agent.turn();
      assert.equal((await agent.repeat()).next, 'test');
    }
    for (const plan of [
      { ...PLAN, tasks: [{ ...TASK, agent: 'test' as const }] },
      { ...PLAN, protect: [] },
    ]) {
      for (const [what, configuring] of OF_CONFIGURATION) {
        const { agent } = await begin(plan);
        bench().answer = () => submits(configuring);
        await agent.turn();
        assert.equal((await agent.repeat()).next, 'continue', what);
      }
    }
    const { agent } = await begin({ ...PLAN, tasks: [{ ...TASK, may_change: ['.mocharc.*'] }] });
    bench().answer = () => submits(create('.mocharc.json'));
    await agent.turn();
    assert.equal((await agent.repeat()).next, 'test', 'one file by its own name');
  });

  it('share their protection with files that run on the user’s machine, whatever the plan says', async () => {
    const paths = [
      '.envrc',
      '.husky/pre-commit',
      '.vscode/tasks.json',
      '.devcontainer/devcontainer.json',
      '.claude/settings.json',
      'docs/CLAUDE.md',
      'AGENTS.md',
      '.github/workflows/ci.yml',
      '.gitattributes',
      'src/--checkpoint-action=exec=sh x.sh',
    ];
    const plans: readonly TestPlan[] = [
      PLAN,
      { ...PLAN, tasks: [{ ...TASK, agent: 'test' }] },
      { ...PLAN, protect: [] },
    ];
    for (const plan of plans) {
      for (const path of paths) {
        const { run, agent } = await begin(plan);
        bench().answer = () => submits(create(path));
        await agent.turn();
        assert.equal((await agent.repeat()).next, 'continue', path);
        assert.equal((await run.events('changes.refused'))[0]?.data.path, path);
      }
    }
    const { agent } = await begin({ ...PLAN, tasks: [{ ...TASK, may_change: ['**/*'] }] });
    bench().answer = () => submits(...paths.map((path) => create(path)));
    await agent.turn();
    assert.equal((await agent.repeat()).next, 'test');
  });

  it('share their protection with the plan’s instructions for agents, also in a draft', async () => {
    const plan = { ...PLAN, protect: [], instructions: ['CONVENTIONS.md'] };
    for (const answer of [submits(create('CONVENTIONS.md')), edits(create('CONVENTIONS.md'))]) {
      const { run, agent } = await begin(plan);
      bench().answer = () => answer;
      assert.equal(await agent.turn(), 'continue');
      assert.equal(agent.work.draft, run.base);
      assert.equal((await run.events('changes.refused'))[0]?.data.path, 'CONVENTIONS.md');
    }
  });

  it('run as they were when the attempt started, whatever its commit contains', async () => {
    const judge = 'grep -q "sum: 3" test/sum.test.js && test -e test/new.test.js';
    const { run, agent } = await begin({ test: judge, tasks: [{ ...TASK, may_change: ['test/**'] }] });
    bench().answer = () => submits(change('test/sum.test.js', 'sum: 0\n'), create('test/new.test.js'));
    await agent.turn();
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    // As if the submission had been applied without protection.
    await bench().db.pool.query(`UPDATE tasks SET may_change = '{}' WHERE run_id = $1`, [run.id]);
    assert.equal(await agent.test(applied.commit), 'land');
    const [finished] = await run.events('tests.finished');
    assert.equal(finished?.data.commit, applied.commit);
    await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    assert.equal(
      run.repository.git('show', `${run.branch()}:test/sum.test.js`),
      'sum: 3',
      'and lands with the original',
    );
  });

  it('are those of the tip in a merge, also when the merge would change them', async () => {
    const moving = { id: 'b', title: 'Move the fixture', agent: 'test' as const };
    const { run, agent } = await begin({ test: 'true', tasks: [TASK, moving] });
    const other = new AgentSteps(run, 'b');
    bench().answer = () =>
      submits({ path: 'src/fixture.js', action: 'delete' }, create('test/fixture.test.js', HELD));
    await other.untilReady();
    bench().answer = () =>
      submits(change('src/fixture.js', HELD.replace('8', 'eight')), create('src/new.js'));
    await agent.untilReady();
    const { tip } = await run.record.land({ runId: run.id, candidates: [other.candidate()] });
    const landing = await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    const [merge] = landing.untested;
    assert.ok(merge !== undefined, 'a merge of changes to the same file is tested');
    assert.equal(await run.text(merge.commit, 'test/fixture.test.js'), HELD);
    assert.equal(await run.text(merge.commit, 'src/new.js'), 'x\n');
    assert.equal(await bench().context.store.parentOf(merge.commit), tip);
  });

  it('are as protected as instructions behind a symbolic link, which the agent is given', async () => {
    const files = {
      'docs/agents.md': 'Use tabs.\n',
      'AGENTS.md': { link: 'docs/agents.md' },
      'src/AGENTS.md': { link: '../docs/of-src.md' },
    };
    const task = { id: 'a', title: 'Sum', files: ['AGENTS.md', 'docs/agents.md', 'src/sum.js'] };
    const run = await bench().start({ test: 'true', tasks: [task] }, files);
    const agent = new AgentSteps(run, 'a');
    const asked: string[] = [];
    bench().answer = (request) => {
      asked.push(lastText(request));
      // The second file would be instructions of the next run.
      return asked.length === 1
        ? edits(change('docs/agents.md', 'Use spaces.\n'), create('docs/of-src.md'), create('src/sum.js'))
        : submits();
    };
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    const [first = '', results = ''] = asked;
    assert.match(first, /<instructions (\w+) "AGENTS\.md">\nUse tabs\.\n/);
    assert.match(first, /\("AGENTS\.md" is a symbolic link to "docs\/agents\.md"; read "docs\/agents\.md"\)/);
    assert.match(results, /^Changed src\/sum\.js\.\nNot changed:\n"docs\/agents\.md": /);
    assert.match(results, /"docs\/of-src\.md": .* the symbolic link src\/AGENTS\.md leads to/);
    assert.deepEqual(await run.changed(run.base, agent.work.draft), ['src/sum.js']);
  });

  it('do not pass when none of them ran, and the model is told why', async () => {
    const { run, agent } = await begin({ test: 'echo; echo "  0 passing (1ms)"', tasks: [TASK] });
    bench().answer = () => submits(create('src/new.js'));
    await agent.turn();
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.equal(await agent.test(applied.commit), 'correct');
    const [finished] = await run.events('tests.finished');
    assert.equal(finished?.data.passed, false);
    assert.equal(finished.data.exitCode, 0);
    assert.equal(finished.data.summary, 'no test ran (its output says "0 passing (1ms)")');
    await agent.turn();
    assert.match(lastText(bench().model.requests.at(-1) ?? assert.fail()), /no test ran/);
  });
});

function create(path: string, content = 'x\n'): FileChange {
  return { path, action: 'create', content };
}

function change(path: string, content: string): FileChange {
  return { path, action: 'modify', content };
}
