import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../../src/shared/network/free-port.js';
import { runOf } from '../support/cli.js';
import { creates, submits } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { TEMPORAL_METRICS } from '../support/temporal-metrics.js';
import { useCli } from '../support/use-cli.js';

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
/** The fields of OTLP/HTTP JSON that the test reads. */
const traces = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
});
type Span = z.output<typeof span>;

/** A word that must not be exported. It is in the task, the model's answers, the test's output and the code. */
const CONTENT = 'Rumpelstilzchen';

describe('the trace of a run', function () {
  this.timeout(120_000);
  let receiver: Server;
  let endpoint: string;
  let received = '';
  const spans: Span[] = [];
  const { cli, model, scratch } = useCli();

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
  });
  after(() => receiver.close());

  it('has every turn, test and landing in one trace, below its start, and none of the content', async () => {
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
    const calls = (await cli.log('traced')).filter((event) => event.type === 'model.call');
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

/** The last metrics scraped from a worker before `done`; earlier ones are incomplete. */
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

/** The number of the turn, and the model's answer. */
function turnOf(call: Span): string {
  const names = ['leadwright.task', 'leadwright.attempt', 'leadwright.turn', 'gen_ai.usage.output_tokens'];
  return names.map((name) => String(attribute(call, name))).join(' ');
}

function attribute(of: Span | undefined, name: string): string | number | boolean | undefined {
  const found = of?.attributes.find(({ key }) => key === name)?.value;
  return found?.stringValue ?? found?.intValue ?? found?.boolValue;
}

/** The root of the spans that contain this one. */
function rootOf(of: Span, known: ReadonlyMap<string, Span>): string {
  const parent = of.parentSpanId === undefined ? undefined : known.get(of.parentSpanId);
  return parent === undefined ? of.spanId : rootOf(parent, known);
}
