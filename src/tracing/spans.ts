/** What a span may say: names, ids and numbers; never content. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | string[]>>;

/** A span before it begins. */
export interface NewSpan {
  readonly name: string;
  /** Whether the work is a request to somebody else. */
  readonly isRequest: boolean;
  readonly attributes: SpanAttributes;
}

/** What is done in a span; `say` adds what is known only later. */
type Work<T> = (say: (more: SpanAttributes) => void) => Promise<T>;

/** Whoever keeps spans. */
export interface SpanRecorder {
  inSpan<T>(span: NewSpan, work: Work<T>): Promise<T>;
  /** Adds to the span that is under way here, when there is one. */
  addAttributes(attributes: SpanAttributes): void;
}

/** None unless traces are asked for: then a process has one for all that it does. */
let recorder: SpanRecorder | null = null;

export function setSpanRecorder(to: SpanRecorder | null): void {
  recorder = to;
}

/** Does some work inside a span, where spans are kept; else just does it. */
export function inSpan<T>(span: NewSpan, work: Work<T>): Promise<T> {
  return recorder === null ? work(() => undefined) : recorder.inSpan(span, work);
}

/** Adds to the span that is under way here, where spans are kept. */
export function addSpanAttributes(attributes: SpanAttributes): void {
  recorder?.addAttributes(attributes);
}
