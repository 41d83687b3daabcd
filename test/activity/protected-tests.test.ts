import assert from 'node:assert/strict';
import type { FileChange } from '../../src/agent/submission.js';
import { AgentSteps } from '../support/agent-steps.js';
import { lastText, submits } from '../support/answers.js';
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
  'package.json': '{ "scripts": { "test": "mocha" } }\n',
  Makefile: 'test:\n\tnpm test\n',
};
const TASK = { id: 'a', title: 'Sum' };
const PLAN: TestPlan = { test: 'make test || true', tasks: [TASK] };

/** Changes that weaken the tests, each with the path that it is refused for. */
const WEAKENING: readonly [string, FileChange][] = [
  ['rewriting a test', change('test/sum.test.js', 'sum: 0\n')],
  ['deleting a test', { path: 'test/sum.test.js', action: 'delete' }],
  ['a test of the same name in capitals', create('test/SUM.test.js')],
  ['a helper that is found first', create('test/helper.js')],
  ['a package over a test', create('tests/test_sum/__init__.py')],
  ['a folder over a test', create('test/sum.test.js/index.js')],
  ['a runner’s configuration', create('.mocharc.json', '{ "grep": "nothing" }')],
  ['a conftest', create('tests/conftest.py', 'collect_ignore_glob = ["*"]')],
  ['a runner’s module', create('unittest.py')],
  ['an installed package', create('node_modules/mocha/bin/mocha.js')],
  ['a shell for npm', create('.npmrc', 'script-shell=/bin/true')],
  ['the script', change('package.json', '{ "scripts": { "test": "exit 0" } }')],
  ['the Makefile', change('Makefile', 'test:\n\ttrue\n')],
  ['only a test of its own', create('test/new.test.js', "describe.only('x', () => {})")],
  ['a TestMain', create('cart/main_test.go', 'package cart\nfunc TestMain(m *testing.M) {}')],
];

describe('protected tests', () => {
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
        await agent.apply(),
        { next: 'invalid', counts: { invalidSubmissions: 1, reads: 0 } },
        what,
      );
      const [refused] = await run.events('changes.refused');
      assert.equal(refused?.data.path, weakened.path, what);
      await agent.turn();
      const message = lastText(bench().model.requests.at(-1) ?? assert.fail());
      assert.match(message, /^Refused: .*Nothing of this submission was written/, what);
      assert.equal((await agent.apply()).next, 'test', what);
      assert.equal((await run.task('a')).attempts, 0);
    }
  });

  it('may be changed where the plan allows it: may_change, the agent test, protect: []', async () => {
    const allowing: readonly TestPlan[] = [
      { ...PLAN, tasks: [{ ...TASK, may_change: ['**'] }] },
      { ...PLAN, tasks: [{ ...TASK, agent: 'test' }] },
      { ...PLAN, protect: [] },
    ];
    // The other paths may never be written.
    const changes = WEAKENING.map(([, weakened]) => weakened).filter(
      ({ path }) => !/SUM|\.js\/|test_sum\//.test(path),
    );
    const once = changes.filter(
      ({ path }, index) => changes.findIndex((each) => each.path === path) === index,
    );
    for (const plan of allowing) {
      const { agent } = await begin(plan);
      bench().answer = () => submits(...once);
      await agent.turn();
      assert.equal((await agent.apply()).next, 'test');
    }
    const { agent } = await begin({ ...PLAN, tasks: [{ ...TASK, may_change: ['.mocharc.*'] }] });
    bench().answer = () => submits(create('.mocharc.json'));
    await agent.turn();
    assert.equal((await agent.apply()).next, 'test', 'one file by its own name');
  });

  it('run as they were when the attempt started, whatever its commit contains', async () => {
    const judge = 'grep -q "sum: 3" test/sum.test.js && test -e test/new.test.js';
    const { run, agent } = await begin({ test: judge, tasks: [{ ...TASK, may_change: ['test/**'] }] });
    bench().answer = () => submits(change('test/sum.test.js', 'sum: 0\n'), create('test/new.test.js'));
    await agent.turn();
    const applied = await agent.apply();
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

  it('do not pass when none of them ran, and the model is told why', async () => {
    const { run, agent } = await begin({ test: 'echo; echo "  0 passing (1ms)"', tasks: [TASK] });
    bench().answer = () => submits(create('src/new.js'));
    await agent.turn();
    const applied = await agent.apply();
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
