/** Traces by OpenTelemetry's packages. `tracing.ts` imports this file only when traces are enabled. */
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResourcesSync, envDetectorSync, Resource, type IResource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client/index.js';
import { OpenTelemetryActivityInboundInterceptor } from '@temporalio/interceptors-opentelemetry/lib/worker/index.js';
import type { WorkflowSpan } from './workflow-span.js';
import { DiscreetExporter } from './discreet-exporter.js';
import type { SpanRecorder } from './spans.js';
import type { Tracing } from './temporal-tracing.js';
import { createSpanSinks } from './workflow-spans.js';

/** How long a finished command waits for the collector. A second is enough for any collector that answers. */
const CLOSE_MS = 1_000;

/** Says whose spans they are. OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME come before this service's own name. */
export function createResource(service: string): IResource {
  const ofUser = detectResourcesSync({ detectors: [envDetectorSync] });
  return new Resource({ 'service.name': service }).merge(ofUser);
}

/** Starts to export spans by OTLP over HTTP to the endpoint of OTEL_EXPORTER_OTLP_…, under this service's name. */
export function startOpenTelemetry(service: string): Tracing {
  const resource = createResource(service);
  const spans = new BatchSpanProcessor(new DiscreetExporter(new OTLPTraceExporter()));
  const provider = new NodeTracerProvider({ resource, spanProcessors: [spans] });
  provider.register();
  return {
    recorder: createRecorder(),
    client: new OpenTelemetryWorkflowClientInterceptor(),
    activity: (context) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(context) }),
    sinks: createSpanSinks((workflow, span) => spans.onEnd(toReadableSpan(workflow, span, resource))),
    close: async () => {
      const timeUp = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
      await Promise.race([provider.forceFlush().catch(() => undefined), timeUp]);
    },
  };
}

function createRecorder(): SpanRecorder {
  const tracer = trace.getTracer('leadwright');
  return {
    inSpan: ({ name, isRequest, attributes }, work) => {
      const kind = isRequest ? SpanKind.CLIENT : SpanKind.INTERNAL;
      return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
        try {
          return await work((more) => void span.setAttributes(more));
        } catch (error) {
          recordFailure(span, error);
          throw error;
        } finally {
          span.end();
        }
      });
    },
    addAttributes: (attributes) => void trace.getActiveSpan()?.setAttributes(attributes),
  };
}

/** Records the error's name, not its message, which may hold content. */
function recordFailure(span: Span, error: unknown): void {
  span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Converts a workflow's span, with the name that Temporal's interceptors use. */
function toReadableSpan(
  { type, id }: { readonly type: string; readonly id: string },
  { traceId, spanId, parentSpanId, flags, startedAt, endedAt, isFailed }: WorkflowSpan,
  resource: IResource,
): ReadableSpan {
  return {
    name: `RunWorkflow:${type}`,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId, spanId, traceFlags: Number.parseInt(flags, 16) }),
    parentSpanId,
    startTime: millisToHrTime(startedAt),
    endTime: millisToHrTime(endedAt),
    duration: millisToHrTime(endedAt - startedAt),
    ended: true,
    status: { code: isFailed ? SpanStatusCode.ERROR : SpanStatusCode.OK },
    attributes: { temporalWorkflowId: id },
    links: [],
    events: [],
    resource,
    instrumentationLibrary: { name: 'leadwright' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function millisToHrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
}
