import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';

/** Of attributes, what we set ourselves and what names things; Temporal's own carry failures and memos as well. */
const ALLOWED_ATTRIBUTES =
  /^(?:(?:gen_ai|leadwright|server)\..*|error\.type|temporalWorkflowId|temporalActivityId|run_id|workflowType|taskQueue)$/;

/**
 * Sends names, ids, times and numbers, and nothing that could be content: what a failure says, and where it was
 * thrown, may hold a line of somebody's code.
 */
export class DiscreetExporter implements SpanExporter {
  constructor(private readonly exporter: SpanExporter) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.exporter.export(spans.map(withoutContent), done);
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }
}

function withoutContent(span: ReadableSpan): ReadableSpan {
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    status: { code: span.status.code },
    attributes: Object.fromEntries(
      Object.entries(span.attributes).filter(([key]) => ALLOWED_ATTRIBUTES.test(key)),
    ),
    events: [],
    links: span.links,
    resource: span.resource,
    instrumentationLibrary: span.instrumentationLibrary,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}
