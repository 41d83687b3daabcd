import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runViewSchema } from '../../src/contract/run-view.js';
import { freePort } from '../../src/shared/network/free-port.js';
import { testCli, type TestCli } from '../support/cli.js';
import { startOpenAi, type ChatRequest, type OpenAiStandIn } from '../support/openai-stand-in.js';
import { startProgram } from '../support/program.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

const KEY = 'sk-gateway-key-1';

/** `npm run test:gateway` installs LiteLLM and runs this. docs/models.md shows the same commands. */
describe('a run through a LiteLLM gateway', function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const folder = mkdtempSync(join(tmpdir(), 'leadwright-gateway-'));
  /** Ends what was started, which is nothing when the test is skipped. */
  const ending: (() => Promise<unknown>)[] = [];
  let server: OpenAiStandIn;
  let cli: TestCli;

  before(async function () {
    const program = process.env['LITELLM'];
    if (program === undefined) {
      process.stderr.write('LITELLM is not set: run `npm run test:gateway`\n');
      this.skip();
    }
    server = await startOpenAi(answer);
    ending.push(() => server.close());
    const port = await freePort(undefined);
    const config = join(folder, 'config.yaml');
    writeFileSync(
      config,
      stringify({
        model_list: [
          {
            model_name: 'my-model',
            litellm_params: { model: 'hosted_vllm/qwen', api_base: `${server.url}/v1`, api_key: 'none' },
          },
        ],
        general_settings: { master_key: KEY },
      }),
    );
    const gateway = startProgram(
      [program, '--config', config, '--host', '127.0.0.1', '--port', String(port)],
      {
        // The prices that LiteLLM would otherwise fetch are not needed.
        env: { PATH: process.env['PATH'], HOME: folder, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
      },
    );
    ending.push(() => {
      gateway.process.kill('SIGTERM');
      return gateway.done;
    });
    await gateway.untilSaid(/Uvicorn running on/);
    cli = await testCli(`http://127.0.0.1:${port}`, { ANTHROPIC_API_KEY: KEY });
    ending.push(() => cli.remove());
  });
  after(async () => {
    for (const end of ending.reverse()) await end();
    rmSync(folder, { recursive: true });
    scratch.remove();
  });

  /** A task that first breaks its test, then corrects itself. */
  function answer({ messages }: ChatRequest) {
    const isCorrection = messages.some(({ role }) => role === 'tool');
    const file = isCorrection
      ? { path: 'one.txt', action: 'modify', content: 'whole' }
      : { path: 'one.txt', action: 'create', content: 'broken' };
    return { name: 'submit_changes', input: { explanation: 'As the task says.', files: [file] } };
  }

  it('completes, with a correction', async () => {
    const { options } = makeProject(scratch.path, 'gateway', [{ id: 'one', title: 'Through a gateway' }], {
      model: 'my-model',
      prices: { 'my-model': { input: 1, output: 2 } },
    });
    const ran = await cli.exits(0, ['run', ...options, '--id', 'gateway', '--budget-usd', '5', '--json']);
    const run = runViewSchema.parse(JSON.parse(ran.stdout));
    assert.deepEqual(
      run.tasks.map(({ status, corrections }) => [status, corrections]),
      [['completed', 1]],
    );
    assert.equal(server.requests.length, 2);
    assert.ok(server.requests[0]?.tools?.some((tool) => tool.function.name === 'submit_changes'));
    assert.ok(run.usage.costUsd > 0);
  });
});
