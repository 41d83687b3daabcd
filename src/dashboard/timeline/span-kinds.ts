import type { SpanKind } from '../../contract/api.js';

/** What each kind of span is called. */
export const KIND_NAMES: Readonly<Record<SpanKind, string>> = {
  model: 'model',
  test: 'tests',
  merge: 'landing',
  wait: 'waiting its turn',
  person: 'waiting for a person',
};
