import assert from 'node:assert/strict';
import { listOpenBlockers } from '../../src/db/blockers.js';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { answersIn, calls, lastMessageOf, writes } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

const CONTEXT = 32_768;
const PLAN: TestPlan = { test: 'test -f done.txt', tasks: [{ id: 'sum', title: 'Sum the cart' }] };
const FILES = Object.fromEntries(
  Array.from({ length: 12 }, (_each, n) => [
    `big-${n}.txt`,
    `${`line of file ${n}`.padEnd(60)}\n`.repeat(200),
  ]),
);

/** As vLLM does with `--max-model-len 32768`: the prompt and the longest answer have to fit together. */
function refusal({ body }: RecordedRequest): Answer | null {
  const asked = body.max_tokens;
  const prompt = Math.round(JSON.stringify([body.system, body.tools, body.messages]).length / 4);
  if (prompt + asked <= CONTEXT) return null;
  const message = `This model's maximum context length is ${CONTEXT} tokens. However, you requested ${prompt + asked} tokens (${prompt} in the messages, ${asked} in the completion). Please reduce the length of the messages or completion.`;
  return { status: { code: 400, type: 'BadRequestError', message } };
}

describe('a small model that Leadwright does not know', () => {
  const bench = useBench();
  const limitsAsked: number[] = [];
  let refused = 0;

  async function begin(plan: TestPlan) {
    limitsAsked.length = 0;
    refused = 0;
    let reads = 0;
    bench().answer = (request) => {
      limitsAsked.push(request.body.max_tokens);
      const no = refusal(request);
      if (no !== null) {
        refused++;
        return no;
      }
      if (request.body.tools === undefined) return { text: 'Read the big files.' };
      return reads === 12
        ? writes({ 'done.txt': 'yes\n' })
        : calls('read_file', { path: `big-${reads++}.txt` });
    };
    const run = await bench().start(plan, FILES, { model: 'my-model' });
    return { run, agent: new AgentSteps(run, 'sum') };
  }

  it('asks how large it is when its first call is refused', async () => {
    const { run, agent } = await begin(PLAN);
    assert.equal(await agent.turn(), 'blocked');
    assert.deepEqual(limitsAsked, [32_000]);
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.equal(blocker?.reason, 'context');
    assert.match(
      blocker.question,
      /takes my-model for a model with 200000 tokens of context and answers of up to 32000\..*`limits: \{ my-model: \{ context: 32768, output: 8192 \} \}`/,
    );
    assert.match(blocker.question, /accept its work as it is, or skip it/);
  });

  it('works through a task of twice its window with the limits of the plan, and no call is refused', async () => {
    const { agent } = await begin({ ...PLAN, limits: { 'my-model': { context: CONTEXT, output: 8_192 } } });
    let next = '';
    for (let turn = 0; turn < 60 && next !== 'test'; turn++) {
      next = await agent.turn();
      assert.ok(next === 'continue' || next === 'test', next);
    }
    assert.equal(next, 'test');
    assert.equal(refused, 0);
    assert.ok(
      limitsAsked.every((asked) => asked <= 8_192 && asked >= 1_024),
      limitsAsked.join(),
    );
    const begun = bench().model.requests.filter(
      ({ body }) => body.model === 'my-model' && body.tools !== undefined && answersIn(body) === 0,
    );
    assert.ok(begun.length > 2, 'its conversation was summarised');
  });

  it('is shown of many files at once what fits into its window, and no call is refused', async () => {
    const { agent } = await begin({ ...PLAN, limits: { 'my-model': { context: CONTEXT, output: 8_192 } } });
    const reads = Array.from({ length: 12 }, (_each, n) => ({
      ...{ name: 'read_file', input: { path: `big-${n}.txt` } },
    }));
    bench().answer = (request) => {
      const no = refusal(request);
      refused += Number(no !== null);
      return no ?? (answersIn(request.body) === 0 ? { tools: reads } : writes({ 'done.txt': 'yes\n' }));
    };
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'test');
    assert.equal(refused, 0);
    const message = lastMessageOf(bench().model);
    assert.match(message, /\n1\tline of file 2 [^]*Error: not shown: .*Read less at once/);
  });

  it('is asked for shorter answers by the limits of the plan, also when only these are wrong', async () => {
    const { run, agent } = await begin(PLAN);
    const message = 'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens';
    bench().answer = ({ body }) =>
      body.max_tokens > 8_192
        ? { status: { code: 400, type: 'invalid_request_error', message } }
        : writes({ 'done.txt': 'yes\n' });
    assert.equal(await agent.turn(), 'blocked');
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.equal(blocker?.reason, 'model_request');
    assert.match(blocker.question, /32000 > 8192.*answers of up to 32000\. If that is wrong/);
  });
});
