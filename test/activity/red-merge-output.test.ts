import assert from 'node:assert/strict';
import { AgentSteps, requeuedIn } from '../support/agent-steps.js';
import { calls, lastText, submits } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

/** Red once both tasks have changed the file. */
const TEST = 'if grep -q I n.txt && grep -q V n.txt; then seq -f "line %g of the output" 3000; exit 1; fi';
const PLAN: TestPlan = {
  test: TEST,
  tasks: ['one', 'two'].map((id) => ({ id, title: `Do ${id}` })),
  retest: 'always',
};

describe('the output of a red merge', () => {
  const bench = useBench();

  it('is read whole by the agent that gets the task back', async () => {
    const run = await bench().start(PLAN, { 'n.txt': '1\n2\n3\n4\n5\n' });
    const modify = (search: string, replace: string) =>
      submits({ path: 'n.txt', action: 'modify', edits: [{ search, replace }] });
    const ready = async (id: string, search: string, replace: string) => {
      const agent = new AgentSteps(run, id);
      bench().answer = ({ body }) =>
        body.messages.length === 1 ? calls('read_file', { path: 'n.txt' }) : modify(search, replace);
      assert.equal(await agent.turn(), 'continue');
      await agent.untilReady();
      return agent;
    };
    const land = (...agents: readonly AgentSteps[]) =>
      run.record.land({ runId: run.id, candidates: agents.map((agent) => agent.candidate()) });
    const one = await ready('one', '1', 'I');
    const two = await ready('two', '5', 'V');
    for (const merge of (await land(one, two)).untested)
      await run.sandbox.testMerge({ runId: run.id, ...merge, timeoutMs: 10_000 });
    const second = await land(two);
    assert.deepEqual(requeuedIn(second), ['two']);
    two.rebase(second);
    bench().answer = (request) => {
      const [, id] = /read_output with the id (test-\d+)/.exec(lastText(request)) ?? [];
      return calls('read_output', { id });
    };
    assert.equal(await two.turn(), 'continue');
    let output = '';
    bench().answer = (request) => {
      output = JSON.stringify(request.body.messages.at(-1));
      return modify('V', '5');
    };
    await two.turn();
    assert.match(output, /line 300 of the output/);
  });
});
