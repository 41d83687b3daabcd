import assert from 'node:assert/strict';
import { answerBlocker, askAboutRun, askPerson, listOpenBlockers } from '../../src/db/blockers.js';
import { readLandings, recordLanding, type LandingRecord } from '../../src/db/landings.js';
import { cancelRun, failTask, moveRun, retryTask } from '../../src/db/task-status.js';
import { beginTurn, readTurns, recordRefusal } from '../../src/db/turns.js';
import { storeVerdict, recordVerdict, type VerdictRecord } from '../../src/db/verdicts.js';
import { blockerId, runId, taskId, type CommitSha } from '../../src/contract/ids.js';
import {
  BASE,
  begun,
  begunForRun,
  workerOf,
  driveTo,
  eventsOf,
  key,
  recordRun,
  statusOf,
  storeAttemptOf,
  storeTurnOf,
  TIP,
  TREE,
  useDatabase,
  WORK,
} from '../support/run-record.js';

/** A worker may die after a commit and before it reports it, so every write may be repeated. */
describe('a repeated write is recorded once', () => {
  const { db } = useDatabase();
  let runs = 0;
  const newRun = async (): Promise<string> => {
    const id = `r${++runs}`;
    await recordRun(db(), id, [
      { id: 'price' },
      { id: 'cart', dependsOn: ['price'] },
      { id: 'page', dependsOn: ['cart'] },
      { id: 'export' },
    ]);
    return id;
  };

  /** Runs the write once, then again, then twice at the same time. Returns the event types of the first time. */
  async function repeated(run: string, step: () => Promise<unknown>): Promise<string[]> {
    const before = (await eventsOf(db(), run)).length;
    await step();
    const once = await eventsOf(db(), run);
    await step();
    await Promise.all([step(), step()]);
    assert.deepEqual(await eventsOf(db(), run), once);
    return once.slice(before).map(({ type, taskId: task }) => (task === null ? type : `${type} ${task}`));
  }

  const verdictOn = async (run: string, passed: boolean): Promise<VerdictRecord> =>
    storeVerdict(
      db(),
      await workerOf(db()),
      { runId: runId(run), tree: TREE, command: 'true', environment: 'e' },
      WORK,
      {
        passed,
        exitCode: passed ? 0 : 1,
        notFound: false,
        ms: 5,
        summary: 'said',
        output: 'out',
      },
    );

  async function judged(run: string, passed: boolean): Promise<() => Promise<void>> {
    const verdict = await verdictOn(run, passed);
    return async () =>
      recordVerdict(db(), await begun(db(), key(run, 'price')), {
        attempt: 1,
        turn: 1,
        commit: WORK,
        command: 'true',
        verdict,
        correction: false,
        reply: 'red',
        next: passed ? null : { correction: 1, reason: 'said', startsAgain: false },
      });
  }

  /** A running task whose attempt passed its tests. */
  async function readyToLand(run: string): Promise<LandingRecord> {
    const task = key(run, 'price');
    await beginTurn(db(), await begun(db(), task), 1);
    await storeAttemptOf(db(), task);
    await (
      await judged(run, true)
    )();
    const [record] = await readLandings(db(), task.runId, [{ taskId: task.taskId, attempt: 1 }]);
    assert.ok(record);
    return record;
  }

  /** A landing that moves the branch from the base to `to`. */
  const lands = async (
    run: string,
    to: CommitSha,
    landed: Parameters<typeof recordLanding>[4],
    back: Parameters<typeof recordLanding>[5] = [],
  ) => recordLanding(db(), await workerOf(db()), runId(run), { from: BASE, to }, landed, back);

  it('the start of a task', async () => {
    const run = await newRun();
    assert.deepEqual(
      await repeated(run, async () => beginTurn(db(), await begun(db(), key(run, 'price')), 1)),
      ['task.status price'],
    );
  });

  it('an answer of the model, counted and billed once', async () => {
    const run = await newRun();
    const task = key(run, 'price');
    assert.deepEqual(await repeated(run, () => storeTurnOf(db(), task)), ['model.call price']);
    assert.equal((await readTurns(db(), task.runId, task.taskId)).length, 1);
    const row = await db().prisma.task.findFirstOrThrow({ where: { runId: run, id: 'price' } });
    assert.equal(row.actualTokens, 15);
  });

  it('a refused submission', async () => {
    const run = await newRun();
    const task = key(run, 'price');
    await storeTurnOf(db(), task);
    const refuse = async () =>
      recordRefusal(db(), await begun(db(), task), {
        turn: 1,
        attempt: 1,
        path: '.git/x',
        reason: 'no',
        reply: 'Refused',
      });
    assert.deepEqual(await repeated(run, refuse), ['changes.refused price']);
  });

  it('an attempt', async () => {
    const run = await newRun();
    await storeTurnOf(db(), key(run, 'price'));
    assert.deepEqual(await repeated(run, () => storeAttemptOf(db(), key(run, 'price'))), [
      'changes.applied price',
    ]);
  });

  it('a verdict, and the correction that follows', async () => {
    const run = await newRun();
    await storeAttemptOf(db(), key(run, 'price'));
    assert.deepEqual(await repeated(run, await judged(run, false)), [
      'tests.finished price',
      'correction.started price',
    ]);
    assert.equal(await db().prisma.correctionAttempt.count({ where: { runId: run } }), 1);
  });

  it('a failure, with the skipped dependants', async () => {
    const run = await newRun();
    await driveTo(db(), key(run, 'price'), 'in_progress');
    assert.deepEqual(
      await repeated(run, async () => failTask(db(), await begun(db(), key(run, 'price')), 'No more.')),
      ['task.status price', 'task.status cart', 'task.status page'],
    );
    assert.equal(await statusOf(db(), key(run, 'export')), 'pending');
  });

  it('a question about a task', async () => {
    const run = await newRun();
    await driveTo(db(), key(run, 'price'), 'in_progress');
    const ask = async () =>
      askPerson(db(), await begun(db(), key(run, 'price')), { reason: 'question', question: 'Which one?' });
    assert.deepEqual(await repeated(run, ask), ['task.status price', 'blocker.raised price']);
  });

  it('a question about the run, for all waiting tasks', async () => {
    const run = await newRun();
    for (const task of ['price', 'export']) await driveTo(db(), key(run, task), 'in_progress');
    const hold = (task: string) => async () =>
      askPerson(db(), await begun(db(), key(run, task)), {
        reason: 'model_access',
        question: 'No key?',
        wholeRun: true,
      });
    assert.deepEqual(await repeated(run, hold('price')), ['task.status price', 'blocker.raised']);
    assert.deepEqual(await repeated(run, hold('export')), ['task.status export']);
    assert.equal((await listOpenBlockers(db(), runId(run))).length, 1);
  });

  it('a question about the run is not lost when a task is called "run"', async () => {
    await recordRun(db(), 'named', [{ id: 'run' }]);
    await driveTo(db(), key('named', 'run'), 'in_progress');
    await askAboutRun(db(), await workerOf(db()), runId('named'), { reason: 'verify', question: 'Red?' });
    await askPerson(db(), await begun(db(), key('named', 'run')), {
      reason: 'question',
      question: 'Which one?',
    });
    const open = await listOpenBlockers(db(), runId('named'));
    assert.deepEqual(
      open.map((blocker) => blocker.question),
      ['Red?', 'Which one?'],
    );
    assert.equal(await statusOf(db(), key('named', 'run')), 'blocked');
  });

  it('an answer', async () => {
    const run = await newRun();
    await driveTo(db(), key(run, 'price'), 'in_progress');
    await storeTurnOf(db(), key(run, 'price'));
    await askPerson(db(), await begun(db(), key(run, 'price')), {
      reason: 'question',
      question: 'Which one?',
    });
    await moveRun(db(), await begunForRun(db(), run), 'blocked');
    const [blocker] = await listOpenBlockers(db(), runId(run));
    assert.ok(blocker);
    assert.deepEqual(await repeated(run, () => answerBlocker(db(), blocker.id, 'ada', 'The first.')), [
      'blocker.resolved price',
      'run.status',
    ]);
    const [turn] = await readTurns(db(), runId(run), taskId('price'));
    assert.equal(turn?.reply, 'A person answered: The first.');
    assert.equal(await answerBlocker(db(), blockerId('nobody:1'), 'ada', ''), false);
  });

  it('a landing', async () => {
    const run = await newRun();
    const record = await readyToLand(run);
    const land = () => lands(run, TIP, [{ record, commit: TIP, files: ['a'] }]);
    assert.deepEqual(await repeated(run, land), ['merge.finished price', 'task.status price']);
  });

  it('a landing that does not move the branch', async () => {
    const run = await newRun();
    const record = await readyToLand(run);
    const land = () => lands(run, BASE, [{ record, commit: null, files: [] }]);
    assert.deepEqual(await repeated(run, land), ['merge.finished price', 'task.status price']);
    assert.equal(await statusOf(db(), key(run, 'price')), 'completed');
  });

  it('a requeue after a conflict', async () => {
    const run = await newRun();
    const record = await readyToLand(run);
    const reply = { files: ['a'], shown: ['a'], knownBlobs: [], reply: 'Merge conflict' };
    const conflict = { record, outcome: 'conflict', test: null, ...reply, start: BASE, draft: BASE } as const;
    const back = () => lands(run, BASE, [], [conflict]);
    assert.deepEqual(await repeated(run, back), ['merge.finished price']);
  });

  it("a run's status, and its cancellation with all open tasks", async () => {
    const run = await newRun();
    await driveTo(db(), key(run, 'export'), 'completed');
    assert.deepEqual(await repeated(run, async () => moveRun(db(), await begunForRun(db(), run), 'paused')), [
      'run.status',
    ]);
    assert.deepEqual(await repeated(run, () => cancelRun(db(), runId(run))), [
      'task.status cart',
      'task.status page',
      'task.status price',
      'run.status',
    ]);
    assert.equal(await statusOf(db(), key(run, 'export')), 'completed');
  });

  it('a retry, with all skipped tasks, and the status of the run', async () => {
    const run = await newRun();
    await driveTo(db(), key(run, 'price'), 'in_progress');
    await failTask(db(), await begun(db(), key(run, 'price')), 'No more.');
    await moveRun(db(), await begunForRun(db(), run), 'failed', { code: 'internal', reason: 'x' });
    assert.deepEqual(await repeated(run, () => retryTask(db(), key(run, 'price'))), [
      'task.status cart',
      'task.status page',
      'task.status price',
      'run.status',
    ]);
  });

  it('a retry leaves alone the tasks that another failed task blocks', async () => {
    await recordRun(db(), 'two', [
      { id: 'a' },
      { id: 'b' },
      { id: 'both', dependsOn: ['a', 'b'] },
      { id: 'after', dependsOn: ['both'] },
      { id: 'only-a', dependsOn: ['a'] },
    ]);
    for (const task of ['a', 'b']) {
      await driveTo(db(), key('two', task), 'in_progress');
      await failTask(db(), await begun(db(), key('two', task)), 'No more.');
    }
    assert.deepEqual(await retryTask(db(), key('two', 'a')), ['a', 'only-a']);
    assert.equal(await statusOf(db(), key('two', 'both')), 'skipped');
    assert.deepEqual(await retryTask(db(), key('two', 'after')), ['after', 'b', 'both']);
  });

  it('a cancelled run stays cancelled when one of its tasks is retried', async () => {
    const run = await newRun();
    await driveTo(db(), key(run, 'price'), 'in_progress');
    await failTask(db(), await begun(db(), key(run, 'price')), 'No more.');
    await cancelRun(db(), runId(run));
    assert.deepEqual(await retryTask(db(), key(run, 'price')), []);
    assert.equal(await statusOf(db(), key(run, 'price')), 'failed');
  });

  it('a cancelled run raises no blocker', async () => {
    const run = await newRun();
    await driveTo(db(), key(run, 'price'), 'in_progress');
    await askPerson(db(), await begun(db(), key(run, 'price')), {
      reason: 'question',
      question: 'Which one?',
    });
    await cancelRun(db(), runId(run));
    assert.deepEqual(await listOpenBlockers(db(), runId(run)), []);
  });
});
