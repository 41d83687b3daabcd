import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { KEPT_HISTORIES, listKeptFiles, readKeptHistories } from '../../src/cli/replay/histories.js';
import { isActivityResult } from '../../src/contract/authenticity.js';
import type { TaskOutcome, TurnResult } from '../../src/contract/payloads.js';
import { useBench } from '../support/activity-bench.js';
import { REAL_PATHS } from './real-paths.js';

/** The result of an activity or child workflow in a history, with its type and input. */
interface Result {
  readonly type: string;
  readonly input: unknown;
  readonly result: unknown;
}

function resultsIn({ events }: History): Result[] {
  const scheduled = new Map<string, Pick<Result, 'type' | 'input'>>();
  const decoded = (list: { readonly payloads?: readonly object[] | null } | null | undefined): unknown => {
    const [payload] = list?.payloads ?? [];
    return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
  };
  return (events ?? []).flatMap((event) => {
    const begun = event.activityTaskScheduledEventAttributes;
    if (begun) {
      scheduled.set(String(event.eventId), {
        type: begun.activityType?.name ?? '',
        input: decoded(begun.input),
      });
    }
    const ended = event.activityTaskCompletedEventAttributes;
    const activity = ended && scheduled.get(String(ended.scheduledEventId));
    if (activity) {
      const answer = decoded(ended.result);
      return [{ ...activity, result: isActivityResult(answer) ? answer.result : undefined }];
    }
    const child = event.childWorkflowExecutionCompletedEventAttributes;
    return child ? [{ type: 'task', input: undefined, result: decoded(child.result) }] : [];
  });
}

/** The keys of an object and of its nested objects, as `settings.totals.begun`. */
function keysOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    prefix + key,
    ...keysOf(inner, `${prefix}${key}.`),
  ]);
}

/** Every member of a union by name. A new member is missing here, and the test does not compile. */
const named = <Name extends string>(names: Record<Name, true>) => Object.keys(names);

describe('the kept histories, compared with the present code', () => {
  const bench = useBench();
  let recorded: readonly Result[] = [];
  const results = (type: string) => recorded.filter((each) => each.type === type).map(({ result }) => result);
  const have = (list: readonly unknown[], key: string) =>
    new Set(
      list.flatMap((each) =>
        typeof each === 'object' && each !== null ? String(Reflect.get(each, key)) : [],
      ),
    );
  const missing = (wanted: readonly string[], there: ReadonlySet<string>) =>
    wanted.filter((each) => !there.has(each));

  before(async () => {
    recorded = (await readKeptHistories(listKeptFiles())).flatMap(({ history }) => resultsIn(history));
  });

  it('contain every field that a lead loads of a run', async () => {
    const plan = { test: 'true', on_blocker: 'true', tasks: [{ id: 'a', title: 'A' }] };
    const run = await bench().start(plan, { 'a.txt': 'a\n' });
    const page = await run.record.loadGraph({ runId: run.id, after: 0 });
    const kept = new Set(results('loadGraph').flatMap((each) => keysOf(each)));
    assert.deepEqual(missing(keysOf(page), kept), [], `recorded as ${KEPT_HISTORIES} are: CONTRIBUTING.md`);
  });

  it('contain every way in which a task’s workflow and a turn end', () => {
    const kinds = named<TaskOutcome['kind']>({
      ready: true,
      blocked: true,
      waiting_on_run: true,
      failed: true,
    });
    assert.deepEqual(missing(kinds, have(results('task'), 'kind')), []);
    const next = named<TurnResult['next']>({
      ...{ try: true, continue: true, run: true, test: true, again: true, too_long: true },
      ...{ paused: true, blocked: true, waiting_on_run: true, failed: true },
    });
    assert.deepEqual(missing(next, have(results('turn'), 'next')), []);
  });

  it('include each path that is played by the real activities', () => {
    const files = listKeptFiles();
    for (const { name } of REAL_PATHS) {
      assert.ok(
        files.some((file) => file.endsWith(`-${name}.json`)),
        name,
      );
    }
  });
});
