import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { replayOne } from '../../src/cli/commands/replay.js';
import { KEPT_HISTORIES, readKeptHistories, type KeptHistory } from '../../src/cli/replay/histories.js';

const FILES = readdirSync(KEPT_HISTORIES).filter((name) => name.endsWith('.json'));

describe('kept histories of earlier runs', () => {
  before(() => {
    // A history that breaks is reported by the test, so the worker's log is not needed.
    const logging = { filter: 'ERROR' };
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } });
  });

  const kept = async (file: string): Promise<KeptHistory> => {
    const [history] = await readKeptHistories([join(KEPT_HISTORIES, file)]);
    assert.ok(history);
    return history;
  };
  const anyOf = (path: RegExp): Promise<KeptHistory> => {
    const file = FILES.find((name) => path.test(name));
    assert.ok(file, `a history of ${path.source} is kept`);
    return kept(file);
  };

  it('exist for each path', () => {
    for (const path of [
      'all-pass',
      'self-correction',
      'blocked',
      'failed-and-skipped',
      'merge-conflict',
      'cancelled',
    ]) {
      assert.ok(
        FILES.some((name) => name.endsWith(`-${path}.json`)),
        `the lead of ${path}`,
      );
      assert.ok(
        FILES.some((name) => name.includes(`-${path}-price`)),
        `a task of ${path}`,
      );
    }
  });

  for (const file of FILES) {
    it(`replay against this code: ${file}`, async () => {
      const { ok, problem } = await replayOne(await kept(file));
      assert.ok(ok, problem ?? '');
    });
  }

  it('replay also with tracing on, although they were recorded without', async () => {
    for (const file of FILES.filter((name) =>
      /-(?:all-pass|blocked|merge-conflict)(?:-price)?\.json$/.test(name),
    )) {
      const { ok, problem } = await replayOne(traced(await kept(file)));
      assert.ok(ok, `${file}: ${problem ?? ''}`);
    }
  });

  it('break when the lead starts its tasks in another order', async () => {
    const lead = await anyOf(/-all-pass\.json$/);
    const started = (lead.history.events ?? []).flatMap(
      (event) => event.startChildWorkflowExecutionInitiatedEventAttributes ?? [],
    );
    const [first, second] = started;
    assert.ok(first?.workflowId && second?.workflowId);
    [first.workflowId, second.workflowId] = [second.workflowId, first.workflowId];
    const { ok, problem } = await replayOne(lead);
    assert.equal(ok, false);
    assert.match(problem ?? '', /^its commands differ: /);
  });

  it('break when a task’s workflow leaves out an activity', async () => {
    const task = await anyOf(/-all-pass-price\.json$/);
    const scheduled = (task.history.events ?? []).find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'test',
    )?.activityTaskScheduledEventAttributes;
    assert.ok(scheduled);
    scheduled.activityType = { name: 'format' };
    assert.equal((await replayOne(task)).ok, false);
  });

  it('do not name the machine that they were recorded on, or its folders', async () => {
    for (const file of FILES) {
      const { history } = await kept(file);
      assert.doesNotMatch(JSON.stringify(history), /"identity":"\d+@|"stackTrace":"[^"]/, file);
    }
  });
});

/** The same workflow, started by a command that was traced. */
function traced({ history, ...rest }: KeptHistory): KeptHistory {
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  const fields = { '_tracer-data': defaultPayloadConverter.toPayload({ traceparent }) };
  const [first, ...others] = history.events ?? [];
  assert.ok(first?.workflowExecutionStartedEventAttributes);
  const attributes = { ...first.workflowExecutionStartedEventAttributes, header: { fields } };
  return {
    ...rest,
    history: { events: [{ ...first, workflowExecutionStartedEventAttributes: attributes }, ...others] },
  };
}
