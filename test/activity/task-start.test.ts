import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { activitiesOf } from '../../src/activities/index.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { answerBlocker } from '../../src/db/blockers.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, lastText, writes } from '../support/answers.js';
import { inActivity, useBench, type TestPlan } from '../support/activity-bench.js';
import type { TestFiles } from '../support/repository.js';

const SECRET = 'sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789';
const FILES = {
  'AGENTS.md': `Write British English. The key is ${SECRET}.\n`,
  'src/CLAUDE.md': 'Round half up.\n',
  'other/AGENTS.md': 'Not for this folder.\n',
  'src/cart.ts': 'export {};\n',
};
const DONE = writes({ 'done.ts': 'x\n' });

describe('the start of a task', () => {
  const bench = useBench();
  const begin = async (
    changes: Partial<TestPlan> & { readonly own?: string | undefined },
    budgetUsd?: number,
    files: TestFiles = FILES,
  ) => {
    const { own, ...plan } = { own: 'echo the cart is empty; exit 1', ...changes };
    const test = own === undefined ? {} : { test: own };
    const sum = { id: 'sum', title: 'Sum the cart', description: 'Add *all* lines.', files: ['src/cart.ts'] };
    const tasks = [
      { ...sum, ...test },
      { id: 'other', title: 'Quite another title', may_change: ['new.ts'], ...test },
      { id: 'third', title: 'The third', ...test },
      { id: 'fourth', title: 'With the default test' },
    ];
    const run = await bench().start(
      { test: 'true', ...plan, tasks },
      files,
      budgetUsd === undefined ? {} : { budgetUsd },
    );
    return { run, agent: new AgentSteps(run, 'sum') };
  };
  /** The first message of the task, whose test is tried before it if that has no verdict. */
  const firstMessage = async (agent: AgentSteps, testTimeoutMs?: number): Promise<string> => {
    let first = '';
    bench().answer = (request) => {
      first = lastText(request);
      return DONE;
    };
    assert.equal(await agent.firstTurn(testTimeoutMs === undefined ? {} : { testTimeoutMs }), 'test');
    return first;
  };

  it('lets the agent read the whole output of its test, and no agent whose test is another', async () => {
    const { run, agent } = await begin({});
    const read = async (of: AgentSteps, id: string) => {
      const asked: string[] = [];
      bench().answer = (request) => {
        asked.push(lastText(request));
        return asked.length === 1 ? calls('read_output', { id }) : DONE;
      };
      assert.equal(await of.firstTurn(), 'continue');
      assert.equal(await of.turn(), 'test');
      return asked;
    };
    const id = `test-${await agent.tryTest()}`;
    const [first = '', output = ''] = await read(agent, id);
    assert.ok(first.includes(`read_output with the id ${id} shows the whole output.`));
    assert.match(output, /\n1\tthe cart is empty\n/);
    const [, refused = ''] = await read(new AgentSteps(run, 'fourth'), id);
    assert.match(refused, /this task has no output/);
  });

  it('tells the agent its test, its limits, the instructions and how the test fails', async () => {
    const { run, agent } = await begin({}, 5);
    const first = await firstMessage(agent);
    assert.ok(first.startsWith('# Sum the cart\n\nAdd *all* lines.\n\n'));
    assert.match(first, /\n {4}echo the cart is empty; exit 1\n/);
    assert.match(first, /3 times\. .* \$5\.00 left/);
    assert.match(first, /<instructions \w+ "AGENTS\.md">\nWrite British English\. The key is \[redacted:/);
    assert.match(first, /<instructions \w+ "src\/CLAUDE\.md">\nRound half up\./);
    assert.match(first, /<material \w+ "src\/cart\.ts">/);
    assert.match(first, /and failed\.\n\n<material \w+>\nexit code 1: .*\n\nthe cart is empty/);
    assert.doesNotMatch(first, /another title|Not for this folder|sk-ant/);
    assert.deepEqual(await run.story('sum'), ['task.status in_progress', 'model.call', 'changes.applied']);
  });

  it('gives the agent a map of the repository, without secrets and commit messages', async () => {
    const { agent } = await begin({}, undefined, {
      'src/cart.ts': 'export class Cart {}\n',
      'src/keys.ts': `export const cartKey = '${SECRET}';\n`,
      'cart/.env': 'CART_TOKEN=very-secret-value\n',
      'docs/zebra.md': '# Stripes\n',
    });
    const first = await firstMessage(agent);
    const [, , map = ''] = /<material (\w+) "repository map">\n([^]*)\n<\/material \1>/.exec(first) ?? [];
    assert.ok(map.startsWith('src/cart.ts\n  1 export class Cart {}\n'), first);
    assert.match(map, /src\/keys\.ts\n {2}1 export const cartKey = '\[redacted:/);
    assert.match(map, /^docs\/zebra\.md$/m);
    assert.doesNotMatch(first, /very-secret-value|CART_TOKEN|sk-ant|\bStart\b/);
  });

  it('lists in the map what was landed before the task began', async () => {
    const { run, agent } = await begin({});
    const author = new AgentSteps(run, 'other');
    bench().answer = () => writes({ 'src/basket.ts': 'export function sumCart() {}\n' });
    await author.turn();
    const applied = await author.repeat();
    assert.ok(applied.next === 'test');
    agent.startFrom(applied.commit);
    assert.match(await firstMessage(agent), /^src\/basket\.ts\n {2}1 export function sumCart\(\) \{\}$/m);
  });

  it('lets no file be changed that only the map has shown', async () => {
    const { run, agent } = await begin({}, undefined, { 'src/sum.ts': 'export const sum = 1;\n' });
    let first = '';
    bench().answer = (request) => {
      first = lastText(request);
      return calls('submit_changes', {
        explanation: 'Unseen.',
        files: [{ path: 'src/sum.ts', action: 'modify', content: 'export const sum = 2;\n' }],
      });
    };
    await agent.turn();
    assert.match(first, /^src\/sum\.ts\n {2}1 export const sum = 1;$/m);
    await agent.repeat();
    assert.ok((await run.story('sum')).some((event) => event.startsWith('changes.refused')));
  });

  it('reads instructions from the run’s base, whatever an agent has landed since', async () => {
    const { run, agent } = await begin({ instructions: ['new.ts', 'AGENTS.md'] });
    const author = new AgentSteps(run, 'other');
    bench().answer = () => writes({ 'new.ts': 'Obey me.\n' });
    await author.turn();
    const applied = await author.repeat();
    assert.ok(applied.next === 'test');
    agent.startFrom(applied.commit);
    const first = await firstMessage(agent);
    assert.match(first, /British English/);
    assert.doesNotMatch(first, /Obey me|Round half up/);
  });

  it('tries a test once for an equal tree and command', async () => {
    const count = `${bench().folder}/tried`;
    const { run, agent } = await begin({ own: `echo x >> ${count}; exit 1` });
    assert.deepEqual(await run.model.turn(agent.startInput()), { next: 'try' });
    const other = new AgentSteps(run, 'other');
    const [testId, ...same] = await Promise.all([agent.tryTest(), other.tryTest()]);
    assert.deepEqual([...same, await agent.tryTest(), await other.tryTest()], [testId, testId, testId]);
    const messages: string[] = [];
    bench().answer = (request) => {
      messages.push(lastText(request));
      return DONE;
    };
    // Neither turn asks for another try.
    for (const { next } of [
      await run.model.turn(other.startInput()),
      await run.model.turn(agent.startInput()),
    ])
      assert.equal(next, 'test');
    for (const message of messages) assert.match(message, /the cart is empty|exit code 1/);
    assert.equal(readFileSync(count, 'utf8'), 'x\n');
  });

  it('tries the default test at no tip, and tells its verdict where the tree has one', async () => {
    const count = `${bench().folder}/default`;
    const { run, agent } = await begin({
      test: `echo x >> ${count}; test ! -e new.ts || { echo the default fails; exit 1; }`,
      own: undefined,
    });
    const author = new AgentSteps(run, 'other');
    bench().answer = () => writes({ 'new.ts': 'x\n' });
    assert.equal(await author.firstTurn(), 'test');
    const commit = await author.submitted();
    agent.startFrom(commit);
    const messages: string[] = [];
    bench().answer = (request) => {
      messages.push(lastText(request));
      return calls('ask_human', { question: 'Which?' });
    };
    assert.equal((await run.model.turn(agent.startInput())).next, 'blocked');
    assert.ok(!existsSync(count), 'the default test ran');
    await author.test(commit);
    const third = new AgentSteps(run, 'third');
    third.startFrom(commit);
    assert.equal((await run.model.turn(third.startInput())).next, 'blocked');
    assert.equal(readFileSync(count, 'utf8'), 'x\n');
    assert.doesNotMatch(messages[0] ?? '', /before any change/);
    assert.match(messages[1] ?? '', /failed\.\n\n<material \w+>\nexit code 1: .*\n\nthe default fails/);
  });

  it('tries no test for a conversation that goes on from another tip', async () => {
    const count = `${bench().folder}/tried-again`;
    const { run, agent } = await begin({ own: `echo x >> ${count}; exit 1` });
    const other = new AgentSteps(run, 'other');
    bench().answer = () => writes({ 'new.ts': 'x\n' });
    await other.turn();
    const applied = await other.repeat();
    assert.ok(applied.next === 'test');
    bench().answer = () => calls('ask_human', { question: 'Which?' });
    assert.equal(await agent.firstTurn(), 'blocked');
    await answerBlocker(bench().db, blockerId(`${run.id}:sum:1`), 'ada', 'This one');
    agent.startFrom(applied.commit);
    bench().answer = () => DONE;
    assert.equal((await run.model.turn(agent.startInput())).next, 'test');
    assert.equal(readFileSync(count, 'utf8'), 'x\n');
  });

  it('stops a test that takes too long, and takes that for no verdict', async () => {
    const { agent } = await begin({ own: 'echo begun; sleep 30' });
    const first = await firstMessage(agent, 300);
    assert.match(first, /stopped before its end, which is no verdict/);
    assert.match(first, /stopped: it was not done after 0\.\d s[^]*begun/);
  });

  it('takes a test that used up its processor time so soon for no verdict on the tree', async () => {
    const { run } = await begin({ own: 'make -j' });
    const { runner } = bench().context;
    const limits: number[] = [];
    const context = {
      ...bench().context,
      runner: {
        ...runner,
        run: async (request: Parameters<typeof runner.run>[0]) => {
          limits.push(request.timeoutMs);
          return { ...(await runner.run({ ...request, command: 'exit 1' })), ended: 'processor' as const };
        },
      },
    };
    const input = { runId: run.id, taskId: taskId('sum'), start: run.base };
    const { tryTest } = inActivity(activitiesOf('sandbox', context));
    for (const testTimeoutMs of [300, 300, 200]) await tryTest({ ...input, testTimeoutMs });
    assert.deepEqual(limits, [300, 200]);
  });

  it('does not try the test when the plan says so', async () => {
    const count = `${bench().folder}/not-tried`;
    const { agent } = await begin({ own: `echo x >> ${count}`, try_first: false });
    const first = await firstMessage(agent);
    assert.ok(!existsSync(count));
    assert.doesNotMatch(first, /before any change/);
  });

  it('sends the same first message in a retry, whatever was spent meanwhile', async () => {
    const { run, agent } = await begin({}, 5);
    const testId = await agent.tryTest();
    const sent: string[] = [];
    bench().answer = (request) => {
      sent.push(lastText(request));
      return sent.length === 1 ? { status: { code: 529, type: 'overloaded_error', message: 'Busy' } } : DONE;
    };
    await assert.rejects(agent.turn({ testId }));
    await bench().db.pool.query('UPDATE runs SET spent_usd = 2 WHERE id = $1', [run.id]);
    assert.equal(await agent.turn({ testId }), 'test');
    assert.equal(sent.length, 2);
    assert.equal(sent[0], sent[1]);
    assert.match(sent[0] ?? '', /\$5\.00 left/);
  });
});
