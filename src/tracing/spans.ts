/** The attributes of a span: names, ids and numbers, never content. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | string[]>>;

/** A span that is to be started. */
export interface NewSpan {
  readonly name: string;
  /** Whether the work is a request to another service. */
  readonly isRequest: boolean;
  readonly attributes: SpanAttributes;
}

/** The work inside a span; `setAttributes` adds attributes that are known only later. */
type Work<T> = (setAttributes: (more: SpanAttributes) => void) => Promise<T>;

/** Records spans. */
export interface SpanRecorder {
  inSpan<T>(span: NewSpan, work: Work<T>): Promise<T>;
  /** Adds attributes to the current span, if there is one. */
  addAttributes(attributes: SpanAttributes): void;
}

/** The process's recorder; null unless traces are enabled. */
let recorder: SpanRecorder | null = null;

export function setSpanRecorder(to: SpanRecorder | null): void {
  recorder = to;
}

/** Runs some work inside a span; without a recorder, just runs it. */
export function inSpan<T>(span: NewSpan, work: Work<T>): Promise<T> {
  return recorder === null ? work(() => undefined) : recorder.inSpan(span, work);
}

/** Adds attributes to the current span; does nothing without a recorder. */
export function addSpanAttributes(attributes: SpanAttributes): void {
  recorder?.addAttributes(attributes);
}
