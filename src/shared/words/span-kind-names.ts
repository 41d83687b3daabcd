import type { SpanKind } from '../../contract/api.js';

/** What each kind of span is called in a timeline's legend. */
export const SPAN_KIND_NAMES: Readonly<Record<SpanKind, string>> = {
  model: 'model',
  command: 'commands and tools',
  test: 'tests',
  wait: 'waiting its turn',
  person: 'waiting for a person',
  merge: 'landing',
};
