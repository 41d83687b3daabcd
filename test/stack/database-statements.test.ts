import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { askPerson, listOpenBlockers, recordAnswer } from '../../src/db/blockers.js';
import { claimCall } from '../../src/db/calls.js';
import type { Fence, RunFence } from '../../src/db/fencing.js';
import { readLandings, recordLanding } from '../../src/db/landings.js';
import { recordRefusal } from '../../src/db/turns.js';
import { recordVerdict, storeVerdict } from '../../src/db/verdicts.js';
import * as attempts from '../../src/db/sql/attempts.js';
import * as baseCheck from '../../src/db/sql/base-check.js';
import * as blockers from '../../src/db/sql/blockers.js';
import * as budget from '../../src/db/sql/budget.js';
import * as callResults from '../../src/db/sql/call-results.js';
import * as calls from '../../src/db/sql/calls.js';
import * as cancellations from '../../src/db/sql/cancellations.js';
import * as events from '../../src/db/sql/events.js';
import * as fencing from '../../src/db/sql/fencing.js';
import * as landings from '../../src/db/sql/landings.js';
import * as leadGraph from '../../src/db/sql/lead-graph.js';
import * as leadRequests from '../../src/db/sql/lead-requests.js';
import * as mcpCalls from '../../src/db/sql/mcp-calls.js';
import * as metrics from '../../src/db/sql/metrics.js';
import * as newRun from '../../src/db/sql/new-run.js';
import * as notifications from '../../src/db/sql/notifications.js';
import * as openWork from '../../src/db/sql/open-work.js';
import * as postgres from '../../src/db/sql/postgres.js';
import * as rateLimits from '../../src/db/sql/rate-limits.js';
import * as repair from '../../src/db/sql/repair.js';
import type { Queryable, Statement } from '../../src/db/sql/statement.js';
import * as runView from '../../src/db/sql/run-view.js';
import * as taskPage from '../../src/db/sql/task-page.js';
import * as taskRecord from '../../src/db/sql/task-record.js';
import * as taskStatus from '../../src/db/sql/task-status.js';
import * as timeline from '../../src/db/sql/timeline.js';
import * as turns from '../../src/db/sql/turns.js';
import * as usage from '../../src/db/sql/usage.js';
import * as verdicts from '../../src/db/sql/verdicts.js';
import * as waits from '../../src/db/sql/waits.js';
import * as workers from '../../src/db/sql/workers.js';
import { inTransaction } from '../../src/db/sql/transaction.js';
import { blockerId, limitKey, runId, taskId, workerId, type BlockerId } from '../../src/contract/ids.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import {
  BASE,
  begun,
  begunForRun,
  driveTo,
  key,
  planOf,
  recordRun,
  storeAttemptOf,
  storeTurnOf,
  TIP,
  TREE,
  useDatabase,
  WORK,
  workerOf,
} from '../support/run-record.js';

const RUN = runId('shop');
const SQL_FOLDER = join(packageRoot, 'src', 'db', 'sql');
const BLOB = 'b'.repeat(40);
const LIMIT_KEY = limitKey('a'.repeat(64));
const PROJECT = 'other';
const NOW = new Date();

/** The sample of each statement: the values to run it with, and the setup before it. */
interface Sample {
  readonly name: string;
  readonly run: (db: Queryable) => Promise<unknown[]>;
  readonly before: (db: Queryable) => Promise<unknown>;
}

/** Of a call that waits because of a rate limit. */
const SLOT = '1000000';
const nothing = () => Promise.resolve();

function sample<Args extends readonly unknown[], Row>(
  statement: Statement<Args, Row>,
  args: Args,
  before: Sample['before'] = nothing,
): Sample {
  return { name: statement.statement.name, run: (db) => statement(db, ...args), before };
}

interface Definition {
  readonly name: string;
  readonly why: string;
  readonly row: { parse(row: unknown): unknown; readonly shape: object } | null;
}

/** The statements of every file in src/db/sql. */
async function allStatements(): Promise<Definition[]> {
  const files = readdirSync(SQL_FOLDER).filter((name) => name.endsWith('.ts'));
  const modules = await Promise.all(
    files.map(async (name) => (await import(pathToFileURL(join(SQL_FOLDER, name)).href)) as object),
  );
  return modules
    .flatMap((module) => Object.values(module) as unknown[])
    .flatMap((value) => (isStatement(value) ? [value.statement] : []));
}

function isStatement(value: unknown): value is { readonly statement: Definition } {
  return typeof value === 'function' && 'statement' in value;
}

/** The rows that the samples use. */
interface Fixture {
  readonly run: RunFence;
  readonly ready: Fence;
  readonly asking: Fence;
  readonly open: BlockerId;
  /** An open call of the task `calling`. */
  readonly call: number;
}

describe('the statements in src/db/sql', () => {
  const { db } = useDatabase();
  let statements: readonly Definition[] = [];
  let samples: readonly Sample[] = [];

  before(async () => {
    statements = await allStatements();
    samples = samplesOf(await makeFixture());
  });

  /** A running task whose attempt passed its tests. */
  async function makeReady(task: string): Promise<void> {
    const fence = await begun(db(), key(RUN, task));
    await driveTo(db(), fence, 'in_progress');
    await storeAttemptOf(db(), fence);
    const verdict = await storeVerdict(
      db(),
      fence.worker,
      { runId: RUN, tree: TREE, command: 'true', environment: task },
      WORK,
      { passed: true, exitCode: 0, notFound: false, ms: 5, summary: 'said', output: 'out' },
      'all',
    );
    const given = { attempt: 1, turn: 1, commit: WORK, command: 'true', verdict, correction: false };
    await recordVerdict(db(), fence, { ...given, reply: '', next: null });
  }

  /** A task that has asked a person after a turn, which was refused. */
  async function makeAsk(task: string): Promise<Fence> {
    const fence = await begun(db(), key(RUN, task));
    await driveTo(db(), fence, 'in_progress');
    await storeTurnOf(db(), fence, { stopReason: 'refusal', refusal: 'It could do harm.' });
    await askPerson(db(), fence, { reason: 'question', question: 'Which one?', turn: 1 });
    return fence;
  }

  async function makeFixture(): Promise<Fixture> {
    await recordRun(db(), 'quiet', [{ id: 'a' }]);
    await recordRun(db(), 'silent', [{ id: 'lost' }]);
    await driveTo(db(), key('silent', 'lost'), 'blocked');
    const ids = ['done', 'ready', 'answered', 'asking', 'on-run', 'calling', 'waiting'];
    const tasks = ids.map((id) => ({ id, issue: 'Sums', files: ['a'], mayChange: ['b'] }));
    const plan = planOf([...tasks, { id: 'next', dependsOn: ['ready'] }]);
    await recordRun(db(), RUN, [], {
      plan: {
        ...plan,
        onBlocker: { kind: 'command', command: 'true' },
        onEnd: { kind: 'command', command: 'true' },
      },
    });
    await makeReady('done');
    const [record] = await readLandings(db(), RUN, [{ taskId: taskId('done'), attempt: 1 }]);
    assert.ok(record);
    const landed = [{ record, commit: TIP, files: ['a'] }];
    await recordLanding(db(), await workerOf(db()), RUN, { from: BASE, to: TIP }, landed, []);
    await makeReady('ready');
    await makeAsk('answered');
    const [question] = await listOpenBlockers(db(), RUN);
    assert.ok(question);
    await recordAnswer(db(), question.id, {
      by: 'ada',
      choice: { kind: 'retry', corrections: 2 },
      text: 'The first.',
      addUsd: 0,
    });
    const asking = await makeAsk('asking');
    const [open] = await listOpenBlockers(db(), RUN);
    assert.ok(open);
    const onRun = await begun(db(), key(RUN, 'on-run'));
    await driveTo(db(), onRun, 'in_progress');
    await askPerson(db(), onRun, { reason: 'budget', question: 'More?', wholeRun: true });
    const calling = await begun(db(), key(RUN, 'calling'));
    await driveTo(db(), calling, 'in_progress');
    const wanted = { turn: 1, worstUsd: 1, inFlight: [], unsettled: [] };
    const claim = await claimCall(db(), calling, wanted);
    assert.equal(claim.outcome, 'claimed');
    await recordRefusal(db(), asking, { turn: 1, attempt: 1, path: 'x', reason: 'no', reply: 'Refused' });
    return {
      run: await begunForRun(db(), RUN),
      ready: await begun(db(), key(RUN, 'ready')),
      asking,
      open: blockerId(open.id),
      call: claim.call,
    };
  }

  function samplesOf({ run, ready, asking, open, call }: Fixture): Sample[] {
    const question = { reason: 'question', question: 'Which one?' };
    const verdict = {
      worker: ready.worker,
      run: RUN,
      tree: TREE,
      command: 'true',
      environmentHash: 'c',
      commit: WORK,
      passed: true,
      exitCode: 0,
      notFound: false,
      ms: 5,
      summary: 'said',
      output: 'out',
      wholeOutput: 'all',
    };
    const callResult = {
      ...{ turn: 1, attempt: 1, position: 0, work: { start: BASE, commit: BASE } },
      ...{
        before: BASE,
        draft: WORK,
        tree: TREE,
        known: ['a'],
        knownBlobs: [BLOB],
        text: 'Exit code 0.',
        isError: false,
      },
      refused: { path: 'b', reason: 'It is protected.' },
      command: { command: 'true', exitCode: 0, ms: 1, kept: ['a'], output: 'out' },
      mcp: null,
    };
    const serverResult = {
      ...{ ...callResult, position: 1, command: null },
      mcp: { server: 'docs', tool: 'lookup', outcome: 'ok' as const, ms: 1, output: 'out' },
    };
    const sentCall = { turn: 1, position: 1, server: 'docs', tool: 'lookup' };
    const insertCallResult = async (at: Queryable) => {
      await callResults.insertCallResult(at, ready, callResult);
    };
    const requestLeadStart = (at: Queryable) => leadRequests.requestLeadStart(at, RUN, 'leads');
    const requeueReady = async (at: Queryable) => {
      await landings.landTasks(at, {
        ...{ worker: ready.worker, run: RUN, from: TIP, to: TIP, landed: [] },
        requeued: [
          {
            ...{
              task: 'ready',
              attempt: 1,
              accepted: false,
              turn: 1,
              outcome: 'conflict',
              files: ['a'],
              shown: ['a'],
              knownBlobs: [BLOB],
            },
            ...{ reply: 'Merge conflict', start: TIP, draft: WORK },
          },
        ],
      });
    };
    const sent = { key: LIMIT_KEY, sentAt: NOW };
    const range = { floorMs: 10, ceilingMs: 1_000 };
    const waitInLine = (at: Queryable) =>
      at.query('INSERT INTO model_slots (id, key, run_id, at) VALUES ($1, $2, $3, now())', [
        ...[SLOT, LIMIT_KEY, RUN],
      ]);
    const tighten = (at: Queryable) => rateLimits.tightenModelLimit(at, sent, 100, range);
    const worker = {
      id: workerId('00000000-0000-0000-0000-000000000000'),
      host: 'here',
      pid: 1,
      build: 'test',
      queues: ['model'],
      owner: 'me',
      sandbox: 'in a sandbox',
      sandboxWarning: 'not in a sandbox',
    };
    const idle = (at: Queryable) =>
      at.query(`UPDATE model_calls SET worker_id = 'gone', claimed_at = now() - interval '1 day' WHERE id = ${call};
        UPDATE tasks SET status = 'failed', error = 'x' WHERE id = 'calling'`);
    const task = {
      id: 'more',
      number: 99,
      issue: 'Sums',
      title: 'More',
      description: '',
      role: 'backend',
      depends_on: [],
      can_parallelize: true,
      priority: 1,
      test_command: 'true',
      files: [],
      may_change: [],
      mcp: [],
      model: 'claude-opus-5-5',
      effort: 'max',
      generate_timeout_ms: 1,
      test_timeout_ms: 1,
      estimated_tokens: 1,
    };
    const answer = {
      model: 'scripted',
      run_id: RUN,
      task_id: 'calling',
      number: 1,
      attempt: 1,
      request_hash: 'hash',
      prompt: 'Do it.',
      answer: [],
      stop_reason: 'end_turn',
      input_tokens: 1,
      output_tokens: 1,
      cache_creation_tokens: 0,
      cache_read_tokens: 0,
      cost_usd: 0.5,
      ms: 1,
      shown: [],
      known_blobs: [BLOB],
      conversation: 1,
      kind: 'work',
      opening: { system: 'Work.', tools: [] },
    };
    const only = ['done', 'ready', 'answered', 'asking', 'on-run'].map(taskId);
    return [
      sample(fencing.registerFence, [ready]),
      sample(fencing.registerRunFence, [run]),
      sample(attempts.selectAttempts, [RUN, taskId('done')]),
      sample(attempts.insertAttempt, [
        asking,
        {
          number: 1,
          turn: 1,
          kind: 'first',
          start: BASE,
          base: BASE,
          commit: WORK,
          tree: TREE,
          files: ['a'],
          knownBlobs: [BLOB],
          explanation: 'Sums.',
        },
      ]),
      sample(blockers.raiseTaskBlocker, [ready, question, 1]),
      sample(blockers.blockTaskOnRun, [ready, { reason: 'model_access', question: 'No key?' }, null]),
      sample(blockers.raiseLostBlocker, [RUN, ready.taskId, question]),
      sample(blockers.raiseBlockerAsWorker, [ready.worker, RUN, question]),
      sample(blockers.raiseRunBlocker, [run, question]),
      sample(blockers.answerBlocker, [
        {
          id: open,
          by: 'ada',
          choice: 'hint',
          text: 'x',
          reply: 'x',
          corrections: null,
          addUsd: null,
          skipReason: '',
          work: null,
        },
      ]),
      sample(blockers.beginHandedInTest, [ready]),
      sample(blockers.resolveRunBlockers, [ready.worker, RUN, 'budget']),
      sample(blockers.selectAnswerTexts, [RUN, taskId('answered')]),
      sample(blockers.selectOpenBlockers, [RUN]),
      sample(blockers.selectOpenBlockers, [null]),
      sample(callResults.insertCallResult, [ready, callResult]),
      sample(callResults.selectCallResults, [RUN, taskId('ready'), 1], insertCallResult),
      sample(callResults.selectCallTotals, [RUN, taskId('ready')], insertCallResult),
      sample(callResults.selectOutputOfCall, [RUN, taskId('ready'), 1, 0], insertCallResult),
      sample(callResults.insertCallResult, [ready, serverResult]),
      sample(mcpCalls.updateServerTools, [RUN, '{}']),
      sample(mcpCalls.selectServerTools, [RUN], (at) => mcpCalls.updateServerTools(at, RUN, '{}')),
      sample(mcpCalls.selectServerTools, [RUN]),
      sample(mcpCalls.insertMcpCall, [ready, sentCall]),
      sample(mcpCalls.selectMcpCalls, [RUN, taskId('ready'), 1], (at) =>
        mcpCalls.insertMcpCall(at, ready, sentCall),
      ),
      sample(calls.claimCall, [
        ready,
        { turn: 2, worstUsd: 1, inFlight: [], unsettled: [], onlyChecks: false },
      ]),
      sample(calls.settleCall, [call, 'lost', 'gone']),
      sample(calls.settleCallsOfCancelledRun, [RUN]),
      sample(waits.recordWait, [
        ready,
        { model: 'm', attempt: 1, turn: 1, reason: 'overloaded', tried: true, delayMs: 1_000 },
      ]),
      sample(cancellations.requestCancel, [RUN]),
      sample(events.selectEvents, [RUN, 0, 1_000]),
      sample(events.selectLastSeq, [RUN]),
      sample(events.selectSettledSeq, [RUN]),
      sample(budget.selectPossiblyBilled, [RUN]),
      sample(budget.selectSpending, [RUN], (at) =>
        at.query('UPDATE runs SET budget_usd = 20, spent_usd = 1, reserved_usd = 1'),
      ),
      sample(landings.selectLandings, [
        RUN,
        [
          { taskId: taskId('done'), attempt: 1 },
          { taskId: taskId('ready'), attempt: 1 },
        ],
      ]),
      sample(landings.selectLandings, [RUN, [{ taskId: taskId('ready'), attempt: 1 }]], requeueReady),
      sample(landings.landTasks, [
        {
          worker: ready.worker,
          run: RUN,
          from: TIP,
          to: WORK,
          landed: [
            { task: 'ready', attempt: 1, accepted: false, commit: WORK, files: ['a'], explanation: 'Sums.' },
          ],
          requeued: [],
        },
      ]),
      sample(leadGraph.selectRunTotals, [RUN]),
      sample(leadRequests.requestLeadStart, [RUN, 'leads']),
      sample(leadRequests.selectRequestedLeads, [], requestLeadStart),
      sample(leadRequests.selectAwaitsLead, [RUN], requestLeadStart),
      sample(leadRequests.settleLeadStart, [RUN], requestLeadStart),
      sample(leadGraph.selectRunSettings, [RUN]),
      sample(leadGraph.selectGraphTasks, [{ run: RUN, after: 0, only, page: 100, title: 60 }]),
      sample(metrics.selectWaitingTasks, []),
      sample(newRun.upsertProject, [PROJECT, '/other']),
      sample(newRun.insertRun, [
        {
          id: runId('new'),
          projectId: 1,
          repository: '/shop',
          gitFolder: '/shop/.git',
          branch: 'leadwright/new',
          base: BASE,
          plan: {},
          planHash: 'p',
          model: 'scripted',
          modelEndpoint: '',
          concurrency: 1,
          maxCorrections: 1,
          allowRedBase: false,
          budgetUsd: 1,
        },
      ]),
      sample(newRun.selectRunStart, [RUN]),
      sample(newRun.selectRunsOfPlan, [runId('new'), '/shop', 'p', ['running']], (at) =>
        at.query(`UPDATE runs SET repository = '/shop', plan_hash = 'p' WHERE id = $1`, [RUN]),
      ),
      sample(newRun.deleteStoppedRun, [RUN]),
      sample(newRun.insertIssues, [1, [task]]),
      sample(newRun.insertTasks, [RUN, 1, [task]]),
      sample(newRun.appendRunStarted, [RUN]),
      sample(notifications.selectDueNotifications, [RUN, 10]),
      sample(notifications.selectNotification, [open]),
      sample(notifications.selectFirstDeliveryDue, [RUN]),
      sample(notifications.selectEndNotification, [RUN], async (at) => {
        await at.query('UPDATE runs SET finished_at = now() WHERE id = $1', [RUN]);
      }),
      sample(notifications.settleEndNotification, [RUN, new Date()]),
      sample(notifications.selectFailedDeliveries, [[open]], (at) =>
        at.query('UPDATE blockers SET notification_attempts = 1'),
      ),
      sample(openWork.selectOpenRuns, []),
      sample(openWork.selectOpenWork, []),
      sample(postgres.ping, []),
      sample(runView.selectRuns, [], async (at) => {
        await at.query('UPDATE runs SET verified = true, finished_at = now(), spent_usd = 0');
        await at.query(
          `INSERT INTO model_waits (run_id, model, attempt, turn, reason, tries, since, until) VALUES ($1, 'm', 1, 1, 'overloaded', 1, now(), now())`,
          [RUN],
        );
      }),
      sample(runView.selectRunIds, ['s']),
      sample(runView.selectNewestRunId, []),
      sample(runView.selectRunBranches, []),
      sample(runView.selectFoundRun, [RUN]),
      sample(runView.selectSeqAndStatus, [RUN]),
      sample(baseCheck.selectTestCommands, [RUN]),
      sample(baseCheck.selectJudgedTasks, [RUN]),
      sample(baseCheck.updateTestWarnings, [RUN, ['a warning']]),
      sample(runView.selectRunView, [RUN], (at) => at.query('UPDATE runs SET verified = true')),
      sample(runView.selectRunView, [RUN], (at) =>
        waits.recordWait(at, ready, {
          ...{ model: 'm', attempt: 1, turn: 1, reason: 'overloaded', tried: true, delayMs: 1_000 },
        }),
      ),
      sample(runView.selectRunStop, [runId('quiet'), 'model_access', 'internal'], async (at) => {
        await blockers.raiseBlockerAsWorker(at, ready.worker, runId('quiet'), {
          reason: 'model_access',
          question: 'No key?',
        });
        await at.query(
          `UPDATE runs SET stop_code = 'base_red', stop_reason = 'It is red.' WHERE id = 'quiet'`,
        );
      }),
      sample(runView.selectTestsAtBase, [RUN], (at) =>
        at.query(`UPDATE runs SET plan = '{"name":"shop"}'; UPDATE test_results SET commit = '${BASE}'`),
      ),
      sample(runView.selectTestWarnings, [RUN]),
      sample(runView.selectTestedCommits, [RUN]),
      sample(runView.deleteRun, [runId('quiet')], (at) =>
        at.query(`UPDATE runs SET status = 'failed' WHERE id = 'quiet'`),
      ),
      sample(taskPage.selectTurnsOfTask, [RUN, taskId('asking')]),
      sample(taskPage.selectCallsOfTask, [RUN, taskId('ready')], async (at) => {
        await insertCallResult(at);
        await callResults.insertCallResult(at, ready, serverResult);
      }),
      sample(taskPage.selectAttemptsOfTask, [RUN, taskId('done')], (at) =>
        at.query('UPDATE attempts SET merge_test_id = test_id'),
      ),
      sample(taskPage.selectNewestWork, [RUN, taskId('done')]),
      sample(taskPage.selectNewestWork, [RUN, taskId('ready')], (at) =>
        callResults.insertCallResult(at, ready, { ...callResult, turn: 2 }),
      ),
      sample(usage.selectUsage, [RUN]),
      sample(usage.selectModelsWithoutCost, [RUN], (at) => at.query('UPDATE model_turns SET cost_usd = 0')),
      sample(rateLimits.takeModelSlot, [LIMIT_KEY, RUN, 1_000]),
      sample(rateLimits.takeModelSlot, [LIMIT_KEY, RUN, 1_000], tighten),
      sample(rateLimits.useModelSlot, [SLOT], waitInLine),
      sample(rateLimits.dropModelSlot, [SLOT]),
      sample(rateLimits.tightenModelLimit, [sent, 100, range]),
      sample(rateLimits.relaxModelLimit, [sent, 10], tighten),
      sample(repair.lockTasks, [RUN]),
      sample(repair.lockRun, [RUN]),
      sample(repair.advanceCounter, [RUN]),
      sample(repair.selectDeadCalls, [], idle),
      sample(repair.markCallersDead, [RUN]),
      sample(repair.markDeadCallsLost, [RUN], idle),
      sample(repair.selectWrongSums, [], (at) => at.query(`UPDATE runs SET spent_usd = 99`)),
      sample(repair.recomputeSums, [RUN]),
      sample(repair.selectLostQuestions, []),
      sample(repair.selectActiveRuns, []),
      sample(repair.forgetWork, [
        { runId: RUN, taskId: taskId('ready'), attempts: [1], again: false, reply: 'Again.' },
      ]),
      sample(taskRecord.selectTask, [RUN, taskId('ready')]),
      sample(taskRecord.selectRun, [RUN]),
      sample(taskStatus.failTask, [ready, 'No more.', 5_000]),
      sample(taskStatus.moveRun, [run, 'failed', { code: 'internal', reason: 'x' }]),
      sample(taskStatus.reopenRun, [RUN], (at) =>
        taskStatus.moveRun(at, run, 'failed', { code: 'internal', reason: 'x' }),
      ),
      sample(taskStatus.cancelRun, [RUN]),
      sample(taskStatus.resumeCancelledRun, [RUN]),
      sample(taskStatus.retryTask, [RUN, ready.taskId], (at) => taskStatus.failTask(at, ready, 'No.', null)),
      sample(timeline.selectTimeline, [RUN]),
      sample(turns.selectTurns, [RUN, taskId('asking')]),
      sample(turns.selectAnswer, [RUN, taskId('asking'), 1]),
      sample(turns.selectAnsweredTurn, [RUN, ready.taskId, 1]),
      sample(turns.beginTurn, [ready, 2, 'model_request']),
      sample(turns.beginTurn, [ready, 2, 'model_request'], (at) =>
        taskStatus.moveRun(at, run, 'paused', undefined),
      ),
      sample(turns.tellBudget, [ready, 2], (at) =>
        at.query('UPDATE runs SET budget_usd = 5 WHERE id = $1', [RUN]),
      ),
      sample(turns.storeAnswer, [call, answer, {}, null]),
      sample(turns.storeRefusal, [asking, { turn: 1, reply: 'No.', event: {} }]),
      sample(usage.selectUsageByMinute, [RUN]),
      sample(verdicts.selectVerdictById, [1]),
      sample(verdicts.selectVerdict, [RUN, TREE, ['b', 'c']], (at) => verdicts.upsertVerdict(at, verdict)),
      sample(verdicts.selectTestOutput, [RUN, taskId('done'), 1, 'test-1']),
      sample(verdicts.selectVerdictOfAttempt, [RUN, taskId('ready'), 1]),
      sample(verdicts.upsertVerdict, [verdict]),
      sample(verdicts.recordKnownVerify, [verdict.worker, runId('quiet'), BASE, TREE, 'c'], (at) =>
        verdicts.upsertVerdict(at, { ...verdict, run: runId('quiet') }),
      ),
      sample(verdicts.recordVerified, [run, BASE, { id: 1, passed: true }]),
      sample(verdicts.recordVerdict, [
        ready,
        {
          attempt: 1,
          turn: 1,
          test: 1,
          passed: true,
          correction: false,
          reply: null,
          event: {},
          nextCorrection: null,
          nextReason: null,
          startsAgain: false,
        },
      ]),
      sample(workers.insertWorker, [worker, 1_000]),
      sample(workers.renewLease, [ready.worker, 1_000, 0]),
      sample(workers.endLease, [worker.id]),
      sample(workers.selectUnrelievedWorkers, [worker.id]),
      sample(workers.relieveWorkers, [[worker.id], [worker.id]], (at) =>
        workers.insertWorker(at, worker, 60_000),
      ),
      sample(workers.tryPassLock, []),
      sample(workers.selectDeadOwners, [], async (at) => {
        await workers.insertWorker(at, worker, 60_000);
        await at.query('UPDATE workers SET dead = true');
      }),
      sample(workers.selectLiveWorkers, []),
      sample(workers.selectServingWorkers, [], (at) => workers.insertWorker(at, worker, 60_000)),
    ];
  }

  /** The rows that a sample returns; its writes are rolled back. */
  const rowsOf = ({ run, before: prepare }: Sample) =>
    inTransaction(
      db().pool,
      async (client) => {
        await prepare(client);
        return run(client);
      },
      () => false,
    );

  it('have unique names, a reason each, and a sample here', () => {
    const names = statements.map(({ name }) => name);
    assert.ok(names.length > 0);
    assert.deepEqual([...new Set(names)], names);
    assert.deepEqual(
      statements.filter(({ why }) => !/^[A-Z].*\.$/.test(why)).map(({ name }) => name),
      [],
    );
    assert.deepEqual([...new Set(samples.map(({ name }) => name))].sort(), [...names].sort());
  });

  it('run on PostgreSQL and return the rows that their schemas say', async () => {
    for (const { name, row: schema } of statements) {
      const rows: unknown[] = [];
      for (const one of samples.filter((given) => given.name === name)) {
        rows.push(...(await rowsOf(one).catch((error: unknown) => assert.fail(`${name}: ${String(error)}`))));
      }
      if (schema === null) continue;
      assert.ok(rows.length > 0, `${name} has to return a row of its sample`);
      for (const row of rows) assert.doesNotThrow(() => schema.parse(row), `${name}: ${JSON.stringify(row)}`);
      // A column that is null in every sample does not show its type.
      const filled = Object.keys(schema.shape).filter((column) =>
        rows.some((row) => typeof row === 'object' && row !== null && Reflect.get(row, column) !== null),
      );
      assert.deepEqual(filled, Object.keys(schema.shape), name);
    }
  });
});
