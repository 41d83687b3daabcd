/** Shared by the tests of continue-as-new: a bench whose leads continue as new early, and a proxy that a test controls. */
import assert from 'node:assert/strict';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { node } from './graph.js';
import { begun } from './lead-stubs.js';
import type { LiveRecord } from './live-record.js';
import { TemporalProxy } from './temporal-proxy.js';
import { WorkflowBench, type LeadHandle } from './workflow-bench.js';

/** Number of events from which the server suggests continue-as-new; its default is 4,096. */
const SUGGESTED = 40;
/** A lead that has done one task has more events than this. */
export const FULL_AFTER_A_TASK = { events: 18, bytes: 1e9 };
export const NEVER_FULL = { events: 1e9, bytes: 1e9 };

export const nodes = (count: number) => Array.from({ length: count }, (_, at) => node(`t${at}`));
export const idsOf = (count: number) => nodes(count).map(({ id }) => id);

/** A Temporal server and a proxy in front of it, for the tests of one `describe`. */
export function useContinueAsNew() {
  const proxy = new TemporalProxy();
  let bench: WorkflowBench | undefined;
  before(async function () {
    // A server starts in two seconds, or more on a busy machine.
    this.timeout(60_000);
    bench = await WorkflowBench.open({
      serverArgs: ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${SUGGESTED}`],
      proxy: (address) => proxy.open(address),
    });
  });
  after(async function () {
    this.timeout(60_000);
    await bench?.close();
    proxy.close();
  });
  beforeEach(() => {
    proxy.continueAsNews = 0;
    proxy.beforeContinueAsNew = undefined;
    proxy.afterContinueAsNew = undefined;
    proxy.beforeTimer = undefined;
  });
  return {
    door: proxy,
    bench: () => {
      assert.ok(bench, 'the bench exists in tests and hooks only');
      return bench;
    },
  };
}

/** Asserts that nothing was lost and nothing was done twice. */
export function assertEachOnce(all: LiveRecord, ids: readonly string[]): void {
  assert.deepEqual(begun(all).sort(), [...ids].sort());
  const landed = all.calls.flatMap((call) => (call.startsWith('land ') ? call.slice(5).split('+') : []));
  assert.deepEqual(landed.sort(), [...ids].sort());
  assert.equal(all.calls.filter((call) => call === 'base').length, 1, 'the base is tested once');
}

export function concurrently(all: LiveRecord, concurrency: number): LiveRecord {
  all.settings = { ...all.settings, concurrency };
  return all;
}

export async function assertCancelled(lead: LeadHandle): Promise<void> {
  await assert.rejects(lead.result(), (error) => {
    assert.ok(error instanceof WorkflowFailedError);
    assert.ok(error.cause instanceof CancelledFailure);
    return true;
  });
}

/** The signals that a workflow has received, with their first argument: `pauseTask true`. */
export async function signalsOf(workflow: WorkflowHandle): Promise<readonly string[]> {
  const { events } = await workflow.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    if (!signal) return [];
    const argument = Buffer.from(signal.input?.payloads?.[0]?.data ?? []).toString();
    return [`${signal.signalName ?? ''} ${argument}`];
  });
}
