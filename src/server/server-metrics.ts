import { Counter, Gauge, Registry } from 'prom-client';
import type { Labelled, RecordMetrics } from '../db/metrics.js';

/** Values that only the server itself knows. */
export interface ServerNumbers {
  /** Clients that follow a run now, and how many events the slowest of them is behind. */
  readonly clients: number;
  readonly behind: number;
  /** Clients dropped for their own fault since the start, and requests refused for coming too often. */
  readonly dropped: number;
  readonly limited: number;
}

/** One metric: its name, type, help text and current values. */
type Metric = readonly [
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  values: (numbers: RecordMetrics & ServerNumbers) => readonly Labelled<string>[],
];

const one = (value: number): readonly Labelled<never>[] => [{ labels: {}, value }];

/** All metrics. Counters cover every run in the database, so they continue after a restart. */
export const METRICS: readonly Metric[] = [
  ['leadwright_runs', 'gauge', 'Runs by status.', ({ runs }) => runs],
  ['leadwright_tasks', 'gauge', 'Tasks by status and role.', ({ tasks }) => tasks],
  [
    'leadwright_waiting_tasks',
    'gauge',
    'Tasks that could start and wait for a slot.',
    ({ waiting }) => waiting,
  ],
  [
    'leadwright_waiting_seconds_max',
    'gauge',
    'How long the first of them has waited.',
    ({ longestWait }) => longestWait,
  ],
  ['leadwright_blockers_open', 'gauge', 'Questions to a person, by reason.', ({ blockers }) => blockers],
  ['leadwright_turns_total', 'counter', 'Answers of the model, by stop reason.', ({ turns }) => turns],
  [
    'leadwright_turn_seconds_total',
    'counter',
    'Time of the model in seconds.',
    ({ turnSeconds }) => turnSeconds,
  ],
  ['leadwright_tokens_total', 'counter', 'Tokens by kind.', ({ tokens }) => tokens],
  ['leadwright_cost_usd_total', 'counter', 'What answers cost, in USD.', ({ costUsd }) => costUsd],
  [
    'leadwright_reserved_usd',
    'gauge',
    'Set aside for calls under way, or lost and possibly billed, in USD.',
    ({ reservedUsd }) => one(reservedUsd),
  ],
  ['leadwright_tests_total', 'counter', 'Tests that were run, by result.', ({ tests }) => tests],
  ['leadwright_test_seconds_total', 'counter', 'Time of tests in seconds.', ({ testSeconds }) => testSeconds],
  [
    'leadwright_attempts_total',
    'counter',
    'Submissions that were tested, by role.',
    ({ attempts }) => attempts,
  ],
  [
    'leadwright_corrections_total',
    'counter',
    'Of these, those after a red verdict.',
    ({ corrections }) => corrections,
  ],
  ['leadwright_events_total', 'counter', 'Events of the log.', ({ events }) => one(events)],
  ['leadwright_events_behind', 'gauge', 'Events that the slowest client lacks.', ({ behind }) => one(behind)],
  ['leadwright_workers', 'gauge', 'Worker processes whose lease holds.', ({ workers }) => one(workers)],
  [
    'leadwright_queue_workers',
    'gauge',
    'Of these, those that take work from a queue.',
    ({ queueWorkers }) => queueWorkers,
  ],
  ['leadwright_websocket_clients', 'gauge', 'Clients that follow a run now.', ({ clients }) => one(clients)],
  [
    'leadwright_websocket_dropped_total',
    'counter',
    'Clients dropped for not keeping up.',
    ({ dropped }) => one(dropped),
  ],
  [
    'leadwright_requests_limited_total',
    'counter',
    'Requests refused for coming too often.',
    ({ limited }) => one(limited),
  ],
];

/** The last value of each counter, so that none decreases when a run is deleted. */
type Shown = Map<string, { value: number; last: number }>;

/** Renders all metrics in Prometheus' text format. */
export class Metrics {
  readonly #shown: Shown = new Map();
  readonly type = Registry.PROMETHEUS_CONTENT_TYPE;

  async render(numbers: RecordMetrics & ServerNumbers): Promise<string> {
    const registry = new Registry();
    for (const [name, type, help, valuesOf] of METRICS) {
      const values = summed(valuesOf(numbers));
      const labelNames = [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))];
      const options = { name, help, labelNames, registers: [registry] };
      if (type === 'gauge') {
        const gauge = new Gauge(options);
        for (const { labels, value } of values) gauge.set(labels, value);
      } else {
        const counter = new Counter(options);
        for (const { labels, value } of values) counter.inc(labels, this.#neverLess(name, labels, value));
      }
    }
    return registry.metrics();
  }

  #neverLess(name: string, labels: object, now: number): number {
    const key = JSON.stringify([name, labels]);
    const shown = this.#shown.get(key) ?? { value: 0, last: 0 };
    const value = shown.value + Math.max(0, now - shown.last);
    this.#shown.set(key, { value, last: now });
    return value;
  }
}

/** Adds up rows with the same labels, which occur where a metric has fewer labels than the query groups by. */
function summed(values: readonly Labelled<string>[]): Labelled<string>[] {
  const sums = new Map<string, Labelled<string>>();
  for (const { labels, value } of values) {
    const key = JSON.stringify(labels);
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + value });
  }
  return [...sums.values()];
}
