/**
 * Paths of runs as they are: led by the real activities, on a real database and git store. What they make smaller is
 * only what would take thousands of tasks: the length of a full history, and what a page or a round of tellings holds.
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
  /** The server suggests to go on as new early: SUGGESTED_EARLY. */
  readonly suggestedEarly?: true;
  begin(real: TestBench, bench: WorkflowBench): Promise<RecordedPath>;
}

/** The server's arguments: two tasks that end one after the other make a history longer than this. */
export const SUGGESTED_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];

/** Shorter than that of a lead which has done anything. */
const FULL_AT_ONCE = 18;

const FILES = { 'shared.txt': '1\n' };
const task = (id: string, ...needs: string[]) => ({ id, title: `Do ${id}`, depends_on: needs });
const titled = (answers: Readonly<Record<string, readonly Answer[]>>) =>
  Object.fromEntries(Object.entries(answers).map(([id, list]) => [`Do ${id}`, [...list]]));
const changesShared = (content: string) => submits({ path: 'shared.txt', action: 'modify', content });
const asks = calls('ask_human', { question: 'Which?' });

/** A run that is led, and what its activities were called for. */
interface Begun {
  readonly run: TestRun;
  readonly calls: Calls;
  readonly activities: Activities;
}

async function begun(
  real: TestBench,
  name: string,
  plan: TestPlan,
  answers: Readonly<Record<string, readonly Answer[]>>,
  concurrency = 10,
): Promise<Begun> {
  const script = { tasks: titled(answers) };
  real.answer = ({ body }) => chooseAnswer(script, body.messages);
  const run = await real.start(plan, FILES, { id: runId(name), concurrency });
  const made: Calls = [];
  const activities: Activities = {
    ...activitiesOf('workflow', real.place),
    ...activitiesOf('model', real.place),
    ...activitiesOf('sandbox', real.place),
  };
  return { run, calls: made, activities: noted(made, activities) };
}

/** The same run, whose histories are full sooner. */
function fullAt(activities: Activities, events: number): Activities {
  return {
    ...activities,
    loadGraph: async (input) => {
      const page = await activities.loadGraph(input);
      const { whole } = page.settings;
      const fullHistory = { ...whole.fullHistory, events };
      return { ...page, settings: { ...page.settings, whole: { ...whole, fullHistory } } };
    },
  };
}

/** Waits until the run asks a person, in its record. */
async function blocked(run: TestRun): Promise<void> {
  await eventually(async () => (await run.view()).status === 'blocked', 'the run asks a person');
}

async function answered(run: TestRun, lead: LeadHandle, blocker: string): Promise<void> {
  assert.ok(await answerBlocker(run.bench.db, blockerId(`${run.id}:${blocker}`), 'ada', 'The first'));
  await lead.signal('refresh');
}

async function decided(
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
  { name: 'many-ask', begin: manyAsk },
  { name: 'held', begin: held },
  { name: 'paused-at-a-turn', begin: pausedAtATurn },
  { name: 'told', begin: told },
  { name: 'red-base', begin: redBase },
  { name: 'branch-taken', begin: branchTaken },
];

/** Full after the first landing: what comes back from the branch is left to the next lead. */
async function renewed(real: TestBench): Promise<RecordedPath> {
  const work = (id: string) => [changesShared(`${id}\n`), changesShared(`both, says ${id}\n`)];
  const { activities } = await begun(
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

/** Between two tasks; and once more while a person is asked about the finished branch, with the limit that was set. */
async function renewedWhenQuiet(real: TestBench, bench: WorkflowBench): Promise<RecordedPath> {
  const ids = ['a', 'b', 'c'];
  const made = await begun(
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
      await blocked(made.run);
      const current = async () =>
        (await bench.env.client.workflow.getHandle(lead.workflowId).describe()).runId;
      const asking = await current();
      for (let limit = 2; (await current()) === asking; limit++) {
        await lead.executeUpdate('setConcurrency', { args: [limit] });
      }
      // Answered only when the next one has read that it was asked.
      const done = async () => (await lead.query<LeadState>('state')).done;
      await eventually(async () => (await done()) >= ids.length, 'the lead reads what is done');
      await decided(made.run, lead, '1', 'accept');
      await lead.result();
    },
  };
}

/** More wait for a person, or were left out, than are asked for at a time; and a plan of more than one page. */
async function manyAsk(real: TestBench, bench: WorkflowBench): Promise<RecordedPath> {
  const waiting = Array.from({ length: 255 }, (_, at) => ({
    id: `w${at}`,
    title: `W${at}`,
    depends_on: ['first'],
  }));
  const made = await begun(
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
      await blocked(made.run);
      await decided(made.run, lead, 'asks:1', 'skip');
      await lead.result();
    },
  };
}

/** The first page of a plan holds so many tasks: their numbers count from 1. */
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
async function held(real: TestBench): Promise<RecordedPath> {
  const made = await begun(
    real,
    'held',
    { test: 'true', tasks: [task('a'), { ...task('b'), priority: 4 }, task('c', 'a')] },
    Object.fromEntries(['a', 'b', 'c'].map((id) => [id, [writes({ [`${id}.txt`]: `${id}\n` })]])),
    1,
  );
  const { answer } = real;
  real.answer = () => fails(401);
  return {
    name: 'held',
    stubs: made,
    tasks: ['a'],
    play: async (lead) => {
      await blocked(made.run);
      real.answer = answer;
      await answered(made.run, lead, '1');
      await lead.result();
    },
  };
}

/** A call that is tried again finds the run paused; another one is told so when it goes on already. */
async function pausedAtATurn(real: TestBench): Promise<RecordedPath> {
  const made = await begun(
    real,
    'paused-at-a-turn',
    { test: 'true', tasks: [task('a'), task('b', 'a')] },
    { a: [writes({ 'a.txt': 'a\n' })], b: [writes({ 'b.txt': 'b\n' })] },
  );
  const activities: Activities = {
    ...made.activities,
    turn: async (input) => {
      // No test meets the moment before `resume` is recorded: this is what the activity says in it.
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
      // Its workflow has heard of it before it goes on.
      await delay(200);
      await lead.executeUpdate('resume');
      await lead.result();
    },
  };
}

/** Three questions that are there together, told one after the other. */
async function told(real: TestBench): Promise<RecordedPath> {
  const ids = ['a', 'b', 'c'];
  const made = await begun(
    real,
    'told',
    { test: 'true', on_blocker: 'true', tasks: ids.map((id) => task(id)) },
    Object.fromEntries(ids.map((id) => [id, [asks]])),
  );
  const activities: Activities = {
    ...made.activities,
    pendingNotifications: async (input) => {
      if ((await made.activities.pendingNotifications(input)).blockers.length > 0) await blocked(made.run);
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
      for (const id of ids) await decided(made.run, lead, `${id}:1`, 'skip');
      await lead.result();
    },
  };
}

/** The run fails before anything is spent. */
async function redBase(real: TestBench): Promise<RecordedPath> {
  const { activities } = await begun(real, 'red-base', { test: 'false', tasks: [task('a')] }, {});
  return { name: 'red-base', stubs: { activities }, tasks: [], play: (lead) => lead.result() };
}

/** Somebody else has the branch: each landing asks, the tasks go on, and the end waits for an answer. */
async function branchTaken(real: TestBench): Promise<RecordedPath> {
  const made = await begun(
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
      await blocked(made.run);
      await called(made, 'notify branch-taken:1');
      repository.git('update-ref', '-d', ref);
      await answered(made.run, lead, '1');
      await lead.result();
    },
  };
}
