import assert from 'node:assert/strict';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { DiscreetExporter } from '../../src/tracing/discreet-exporter.js';
import { createResource } from '../../src/tracing/open-telemetry.js';
import { inSpan } from '../../src/tracing/spans.js';
import { startTracing, wantsTraces } from '../../src/tracing/tracing.js';

describe('traces', () => {
  const endpoint = 'http://127.0.0.1:4318';
  const TABLE = [
    { env: {}, wanted: false },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, wanted: false },
    { env: { OTEL_SERVICE_NAME: 'shop' }, wanted: false },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, wanted: true },
    { env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint }, wanted: true },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' }, wanted: false },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' }, wanted: false },
  ];
  for (const { env, wanted } of TABLE) {
    it(`are ${wanted ? 'exported' : 'not exported'} with ${JSON.stringify(env)}`, () => {
      assert.equal(wantsTraces(env), wanted);
    });
  }

  it('name their service, and carry the attributes that the user sets', () => {
    const before = process.env['OTEL_RESOURCE_ATTRIBUTES'];
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment=ci,team=shop%20one';
    try {
      assert.deepEqual(createResource('leadwright').attributes, {
        'service.name': 'leadwright',
        'deployment.environment': 'ci',
        team: 'shop one',
      });
      process.env['OTEL_RESOURCE_ATTRIBUTES'] += ',service.name=builder';
      assert.equal(createResource('leadwright').attributes['service.name'], 'builder');
    } finally {
      if (before === undefined) delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
      else process.env['OTEL_RESOURCE_ATTRIBUTES'] = before;
    }
  });

  it('do not change the work when they are off', async () => {
    assert.equal(await startTracing({}, 'leadwright'), null);
    const span = { name: 'work', isRequest: false, attributes: {} };
    const done = await inSpan(span, (say) => {
      say({ 'leadwright.run': 'shop' });
      return Promise.resolve('done');
    });
    assert.equal(done, 'done');
  });

  it('are exported without content: no error messages, stacks or unknown attributes', () => {
    const kept = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(new DiscreetExporter(kept))],
    });
    const span = provider.getTracer('test').startSpan('work', {
      attributes: {
        'leadwright.run': 'shop',
        'gen_ai.request.model': 'm',
        lastFailure: 'SECRET',
        memo: 'SECRET',
      },
    });
    span.recordException(new Error('SECRET'));
    span.addEvent('said', { text: 'SECRET' });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'SECRET' });
    span.end();
    const [left] = kept.getFinishedSpans();
    assert.deepEqual(left?.attributes, { 'leadwright.run': 'shop', 'gen_ai.request.model': 'm' });
    assert.deepEqual([left.status, left.events], [{ code: SpanStatusCode.ERROR }, []]);
    assert.deepEqual(left.spanContext(), span.spanContext());
  });
});
