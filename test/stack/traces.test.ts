import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../../src/local-stack/process/free-port.js';
import { eventsOf, runOf, testCli, type TestCli } from '../support/cli.js';
import { creates, startTestModel, submits, type TestModel } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';
import { TEMPORAL_METRICS } from '../support/temporal-metrics.js';

const value = z.object({
  stringValue: z.string().optional(),
  intValue: z.number().optional(),
  boolValue: z.boolean().optional(),
  arrayValue: z.unknown().optional(),
});
const span = z.looseObject({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z.array(z.object({ key: z.string(), value })),
});
/** OTLP/HTTP as JSON, as far as it is looked at. */
const traces = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
});
type Span = z.output<typeof span>;

/** A word that must not leave: it is in the task, in the model's answers, in the test's output and in the code. */
const CONTENT = 'Rumpelstilzchen';

describe('the trace of a run', function () {
  this.timeout(120_000);
  let receiver: Server;
  let endpoint: string;
  let received = '';
  let model: TestModel;
  let cli: TestCli;
  const spans: Span[] = [];
  const scratch = scratchFolder();

  before(async () => {
    receiver = createServer((request, response) => {
      void text(request).then((body) => {
        received += body;
        for (const { scopeSpans } of traces.parse(JSON.parse(body)).resourceSpans) {
          spans.push(...scopeSpans.flatMap((scope) => scope.spans));
        }
        response.end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    assert.ok(address !== null && typeof address === 'object');
    endpoint = `http://127.0.0.1:${address.port}`;
    model = await startTestModel();
    cli = await testCli(model.url);
  });
  after(async () => {
    await cli.remove();
    await model.close();
    receiver.close();
    scratch.remove();
  });

  it('has every turn, test and landing in one trace, below the command that started it, and none of the content', async () => {
    model.answers('The price', [
      creates('price.txt', `broken ${CONTENT}\n`),
      submits([{ path: 'price.txt', action: 'modify', edits: [{ search: 'broken', replace: 'good' }] }], {
        on: 'red',
      }),
    ]);
    model.answers('The cart', [creates('cart.txt', 'a cart\n')]);
    const { options } = makeProject(scratch.path, 'shop', [
      {
        id: 'price',
        title: 'The price',
        description: CONTENT,
        test: `cat price.txt; ! grep broken price.txt`,
      },
      { id: 'cart', title: 'The cart' },
    ]);
    const metrics = `127.0.0.1:${await freePort(undefined)}`;
    const running = cli.start(['run', ...options, '--id', 'traced', '--json'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      LEADWRIGHT_TEMPORAL_METRICS: metrics,
    });
    const scraped = scrapeUntil(running.done, `http://${metrics}/metrics`);
    const ran = await running.done;
    assert.equal(ran.code, 0, ran.stderr);
    await cli.untilQuiet();

    const named = (pattern: RegExp) => spans.filter(({ name }) => pattern.test(name));
    const [root, ...others] = named(/^StartWorkflow:projectRun$/);
    assert.ok(root !== undefined && others.length === 0);
    const calls = eventsOf(await cli.run(['events', 'traced', '--json'])).filter(
      (event) => event.type === 'model.call',
    );
    assert.equal(runOf(ran).usage.modelCalls, 3);
    assert.deepEqual(
      named(/^chat /)
        .map(turnOf)
        .sort(),
      calls
        .map(({ taskId, data }) => `${taskId ?? ''} ${data.attempt} ${data.turn} ${data.outputTokens}`)
        .sort(),
    );
    assert.equal(named(/^RunWorkflow:taskRun$/).length, 2);
    assert.ok(named(/^sandbox test$/).length >= 3);
    assert.ok(named(/^RunActivity:land$/).length >= 1);
    const known = new Map(spans.map((each) => [each.spanId, each]));
    for (const each of named(/^(?:chat .*|sandbox test|RunWorkflow:.*|RunActivity:(?:turn|test|land))$/)) {
      assert.equal(each.traceId, root.traceId, each.name);
      assert.equal(rootOf(each, known), root.spanId, each.name);
    }
    assert.equal(attribute(named(/^RunActivity:turn$/)[0], 'leadwright.run'), 'traced');
    const told = await scraped;
    for (const name of TEMPORAL_METRICS) assert.match(told, new RegExp(`^${name}\\b`, 'm'));
    for (const secret of [CONTENT, 'test-key', 'broken']) assert.ok(!received.includes(secret), secret);
  });
});

/** What was there last of a worker's metrics before `done`; in between, what there is is not all there will be. */
async function scrapeUntil(done: Promise<unknown>, url: string): Promise<string> {
  let last = '';
  const over = done.then(() => true);
  while (!(await Promise.race([over, delay(100, false)]))) {
    last = await fetch(url).then(
      (response) => response.text(),
      () => last,
    );
  }
  return last;
}

/** Which turn it was, and what the model answered to it. */
function turnOf(call: Span): string {
  const names = ['leadwright.task', 'leadwright.attempt', 'leadwright.turn', 'gen_ai.usage.output_tokens'];
  return names.map((name) => String(attribute(call, name))).join(' ');
}

function attribute(of: Span | undefined, name: string): string | number | boolean | undefined {
  const found = of?.attributes.find(({ key }) => key === name)?.value;
  return found?.stringValue ?? found?.intValue ?? found?.boolValue;
}

/** The first of the spans that this one is in. */
function rootOf(of: Span, known: ReadonlyMap<string, Span>): string {
  const parent = of.parentSpanId === undefined ? undefined : known.get(of.parentSpanId);
  return parent === undefined ? of.spanId : rootOf(parent, known);
}
