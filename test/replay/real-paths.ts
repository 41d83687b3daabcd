/**
 * Paths of real runs: real activities on a real database and git store. They reduce only the limits that would need
 * thousands of tasks: the length of a full history, and the size of a page or of a notification round.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { activitiesOf, type Activities } from '../../src/activities/index.js';
import { answerBlocker, recordAnswer } from '../../src/db/blockers.js';
import { blockerId, runId } from '../../src/contract/ids.js';
import { chooseAnswer } from '../../src/model/scripted/choose-answer.js';
import type { Answer } from '../../src/model/scripted/script.js';
import type { LeadState } from '../../src/contract/payloads.js';
import { calls, fails, submits, writes } from '../support/answers.js';
import { noted, type Calls } from '../support/lead-stubs.js';
import type { TestBench, TestPlan, TestRun } from '../support/test-bench.js';
import { called, type LeadHandle, type WorkflowBench } from '../support/workflow-bench.js';
import type { RecordedPath } from './stub-paths.js';
import { eventually } from '../support/eventually.js';

export interface RealPath {
  readonly name: string;
  /** Whether the server suggests continue-as-new early: SUGGESTED_EARLY. */
  readonly suggestedEarly?: true;
  begin(real: TestBench, bench: WorkflowBench): Promise<RecordedPath>;
}

/** The server's arguments: two tasks that end one after the other make a history longer than this. */
export const SUGGESTED_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];

/** Shorter than the history of any lead that has done something. */
const FULL_AT_ONCE = 18;

const FILES = { 'shared.txt': '1\n' };
const task = (id: string, ...needs: string[]) => ({
  id,
  title: `Do ${id}`,
  files: ['shared.txt'],
  depends_on: needs,
});
const titled = (answers: Readonly<Record<string, readonly Answer[]>>) =>
  Object.fromEntries(Object.entries(answers).map(([id, list]) => [`Do ${id}`, [...list]]));
const changesShared = (content: string) => submits({ path: 'shared.txt', action: 'modify', content });
const reads = calls('read_file', { path: 'shared.txt' });
const asks = calls('ask_human', { question: 'Which?' });

/** A started run, its activities, and the calls recorded of them. */
interface StartedRun {
  readonly run: TestRun;
  readonly calls: Calls;
  readonly activities: Activities;
}

async function startRun(
  real: TestBench,
  name: string,
  plan: TestPlan,
  answers: Readonly<Record<string, readonly Answer[]>>,
  concurrency = 10,
): Promise<StartedRun> {
  const script = { tasks: titled(answers) };
  real.answer = ({ body }) => chooseAnswer(script, body.messages);
  const run = await real.start(plan, FILES, { id: runId(name), concurrency });
  const made: Calls = [];
  const activities: Activities = {
    ...activitiesOf('workflow', real.context),
    ...activitiesOf('model', real.context),
    ...activitiesOf('sandbox', real.context),
  };
  return { run, calls: made, activities: noted(made, activities) };
}

/** The same activities, with a lower limit for a full history. */
function fullAt(activities: Activities, events: number): Activities {
  return {
    ...activities,
    loadGraph: async (input) => {
      const page = await activities.loadGraph(input);
      const { totals } = page.settings;
      const fullHistory = { ...totals.fullHistory, events };
      return { ...page, settings: { ...page.settings, totals: { ...totals, fullHistory } } };
    },
  };
}

/** Waits until the record says that the run is blocked. */
async function untilBlocked(run: TestRun): Promise<void> {
  await eventually(async () => (await run.view()).status === 'blocked', 'the run asks a person');
}

async function giveAnswer(run: TestRun, lead: LeadHandle, blocker: string): Promise<void> {
  assert.ok(await answerBlocker(run.bench.db, blockerId(`${run.id}:${blocker}`), 'ada', 'The first'));
  await lead.signal('refresh');
}

async function decideBlocker(
  run: TestRun,
  lead: LeadHandle,
  blocker: string,
  kind: 'accept' | 'skip',
): Promise<void> {
  const answer = { by: 'ada', choice: { kind }, text: '', addUsd: 0 };
  assert.ok(await recordAnswer(run.bench.db, blockerId(`${run.id}:${blocker}`), answer));
  await lead.signal('refresh');
}

export const REAL_PATHS: readonly RealPath[] = [
  { name: 'renewed', begin: renewed },
  { name: 'renewed-when-quiet', suggestedEarly: true, begin: renewedWhenQuiet },
  { name: 'renewed-task', suggestedEarly: true, begin: renewedTask },
  { name: 'many-ask', begin: manyAsk },
  { name: 'waiting-on-run', begin: waitingOnRun },
  { name: 'paused-at-a-turn', begin: pausedAtATurn },
  { name: 'told', begin: told },
  { name: 'red-base', begin: redBase },
  { name: 'branch-taken', begin: branchTaken },
];

/** The history is full after the first landing: a requeued task is left to the next lead. */
async function renewed(real: TestBench): Promise<RecordedPath> {
  const work = (id: string) => [changesShared(`${id}\n`), changesShared(`both, says ${id}\n`)];
  const { activities } = await startRun(
    real,
    'renewed',
    { test: 'true', tasks: [task('one'), task('other'), task('last', 'one')] },
    { one: work('one'), other: work('other'), last: [writes({ 'new.txt': 'n\n' })] },
    2,
  );
  return {
    name: 'renewed',
    stubs: { activities: fullAt(activities, FULL_AT_ONCE) },
    tasks: ['last'],
    play: (lead) => lead.result(),
  };
}

/**
 * Continues as new between two tasks, and again while a person is asked about the finished branch. A changed limit is
 * kept.
 */
async function renewedWhenQuiet(real: TestBench, bench: WorkflowBench): Promise<RecordedPath> {
  const ids = ['a', 'b', 'c'];
  const made = await startRun(
    real,
    'renewed-when-quiet',
    { test: 'true', verify: 'echo red; exit 1', tasks: ids.map((id) => task(id)) },
    Object.fromEntries(ids.map((id) => [id, [writes({ [`${id}.txt`]: `${id}\n` })]])),
    1,
  );
  return {
    name: 'renewed-when-quiet',
    stubs: made,
    tasks: [],
    play: async (lead) => {
      await untilBlocked(made.run);
      const current = async () =>
        (await bench.env.client.workflow.getHandle(lead.workflowId).describe()).runId;
      const asking = await current();
      for (let limit = 2; (await current()) === asking; limit++) {
        await lead.executeUpdate('setConcurrency', { args: [limit] });
      }
      // Answered only after the next lead has loaded the question.
      const done = async () => (await lead.query<LeadState>('state')).done;
      await eventually(async () => (await done()) >= ids.length, 'the lead reads what is done');
      await decideBlocker(made.run, lead, '1', 'accept');
      await lead.result();
    },
  };
}

/** A task with as many corrections as it may have: its workflow continues as new between two of them. */
async function renewedTask(real: TestBench): Promise<RecordedPath> {
  const contents = ['two', 'three', 'four', 'good'];
  const made = await startRun(
    real,
    'renewed-task',
    { test: 'grep -v -e two -e three -e four shared.txt', tasks: [task('a')] },
    { a: contents.flatMap((content) => [reads, changesShared(`${content}\n`)]) },
  );
  return { name: 'renewed-task', stubs: made, tasks: ['a'], play: (lead) => lead.result() };
}

/** More blocked and skipped tasks than one load returns, and a plan of more than one page. */
async function manyAsk(real: TestBench, bench: WorkflowBench): Promise<RecordedPath> {
  const waiting = Array.from({ length: 255 }, (_, at) => ({
    id: `w${at}`,
    title: `W${at}`,
    depends_on: ['first'],
  }));
  const made = await startRun(
    real,
    'many-ask',
    { test: 'true', tasks: [task('first'), task('asks'), ...waiting] },
    { first: [fails(529)], asks: [asks] },
  );
  return {
    name: 'many-ask',
    stubs: { activities: inPagesOf(made.activities, 200) },
    tasks: ['asks'],
    play: async (lead) => {
      await called(made, 'turn asks 1');
      await called(made, 'turn first 1');
      await bench.env.client.workflow.getHandle(`${lead.workflowId}/first`).terminate();
      await untilBlocked(made.run);
      await decideBlocker(made.run, lead, 'asks:1', 'skip');
      await lead.result();
    },
  };
}

/** Limits the first page of a plan to `size` tasks; task numbers start at 1. */
function inPagesOf(activities: Activities, size: number): Activities {
  return {
    ...activities,
    loadGraph: async (input) => {
      const page = await activities.loadGraph(input);
      const cut = input.only === undefined && input.after === 0;
      return cut ? { ...page, tasks: page.tasks.slice(0, size), next: size } : page;
    },
  };
}

/** No access to the model: one task waits with the run, and nothing starts beside it. */
async function waitingOnRun(real: TestBench): Promise<RecordedPath> {
  const made = await startRun(
    real,
    'waiting-on-run',
    { test: 'true', tasks: [task('a'), { ...task('b'), priority: 4 }, task('c', 'a')] },
    Object.fromEntries(['a', 'b', 'c'].map((id) => [id, [writes({ [`${id}.txt`]: `${id}\n` })]])),
    1,
  );
  const { answer } = real;
  real.answer = () => fails(401);
  return {
    name: 'waiting-on-run',
    stubs: made,
    tasks: ['a'],
    play: async (lead) => {
      await untilBlocked(made.run);
      real.answer = answer;
      await giveAnswer(made.run, lead, '1');
      await lead.result();
    },
  };
}

/** A retried call finds the run paused; another gets that result when the run has already been resumed. */
async function pausedAtATurn(real: TestBench): Promise<RecordedPath> {
  const made = await startRun(
    real,
    'paused-at-a-turn',
    { test: 'true', tasks: [task('a'), task('b', 'a')] },
    { a: [writes({ 'a.txt': 'a\n' })], b: [writes({ 'b.txt': 'b\n' })] },
  );
  const activities: Activities = {
    ...made.activities,
    turn: async (input) => {
      // A test cannot hit the moment before `resume` is recorded; this is the activity's result in it.
      const tooEarly = input.taskId === 'b' && !made.calls.includes('turn b 1');
      const result = tooEarly ? ({ next: 'paused' } as const) : await made.activities.turn(input);
      if (tooEarly) made.calls.push('turn b 1');
      made.calls.push(`came to ${result.next}`);
      return result;
    },
  };
  return {
    name: 'paused-at-a-turn',
    stubs: { activities },
    tasks: ['a', 'b'],
    play: async (lead) => {
      const { answer } = real;
      real.answer = async () => {
        await lead.executeUpdate('pause');
        real.answer = answer;
        return fails(529);
      };
      await called(made, 'came to paused');
      // Its workflow has received the result before the run is resumed.
      await delay(200);
      await lead.executeUpdate('resume');
      await lead.result();
    },
  };
}

/** Three open questions, notified one after the other. */
async function told(real: TestBench): Promise<RecordedPath> {
  const ids = ['a', 'b', 'c'];
  const made = await startRun(
    real,
    'told',
    { test: 'true', on_blocker: 'true', tasks: ids.map((id) => task(id)) },
    Object.fromEntries(ids.map((id) => [id, [asks]])),
  );
  const activities: Activities = {
    ...made.activities,
    pendingNotifications: async (input) => {
      if ((await made.activities.pendingNotifications(input)).blockers.length > 0)
        await untilBlocked(made.run);
      const { blockers } = await made.activities.pendingNotifications(input);
      return { blockers: blockers.slice(0, 1), more: blockers.length > 1 };
    },
  };
  return {
    name: 'told',
    stubs: { activities },
    tasks: [],
    play: async (lead) => {
      for (const id of ids) await called(made, `notify told:${id}:1`);
      for (const id of ids) await decideBlocker(made.run, lead, `${id}:1`, 'skip');
      await lead.result();
    },
  };
}

/** The run fails before anything is spent. */
async function redBase(real: TestBench): Promise<RecordedPath> {
  const { activities } = await startRun(real, 'red-base', { test: 'false', tasks: [task('a')] }, {});
  return { name: 'red-base', stubs: { activities }, tasks: [], play: (lead) => lead.result() };
}

/** Somebody else has moved the branch: each landing asks, the tasks continue, and the end waits for an answer. */
async function branchTaken(real: TestBench): Promise<RecordedPath> {
  const made = await startRun(
    real,
    'branch-taken',
    { test: 'true', on_blocker: 'true', tasks: [task('a'), task('b', 'a')] },
    { a: [writes({ 'a.txt': 'a\n' })], b: [writes({ 'b.txt': 'b\n' })] },
  );
  const { repository, base } = made.run;
  const ref = 'refs/heads/leadwright/branch-taken';
  repository.git(
    'update-ref',
    ref,
    repository.git('commit-tree', '-p', base, '-m', 'mine', `${base}^{tree}`),
  );
  return {
    name: 'branch-taken',
    stubs: made,
    tasks: [],
    play: async (lead) => {
      await untilBlocked(made.run);
      await called(made, 'notify branch-taken:1');
      repository.git('update-ref', '-d', ref);
      await giveAnswer(made.run, lead, '1');
      await lead.result();
    },
  };
}
