import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import { KeptAnswers } from '../../src/agent/answer/kept-answers.js';
import { UnrecordableAnswer } from '../../src/agent/answer/store-answer.js';
import { writes } from '../support/answers.js';
import { AgentSteps } from '../support/agent-steps.js';
import { useBench, type TestRun } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';
import { AWAY, awayAt, DAMAGED, killedAt } from '../support/faults.js';
import { useSmallDisk } from '../support/small-disk.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum the cart', files: ['src/a.ts'] }] };
const FILES = { 'src/a.ts': 'one\n' };
const DONE = writes({ 'new.ts': 'x\n' });

describe('an answer that the database cannot take', function () {
  this.timeout(60_000);
  const bench = useBench();
  const folder = () => bench().context.paths.keptAnswers;
  /** Without the folder of reserved space. */
  const kept = () => readdirSync(folder()).filter((name) => name !== 'spare');

  const begin = async (...answers: readonly (typeof DONE)[]) => {
    let asked = 0;
    bench().answer = () => answers[asked++] ?? assert.fail('one call more than expected');
    const run = await bench().start(PLAN, FILES);
    return { run, input: new AgentSteps(run, 'sum').turnInput(), asked: () => asked };
  };
  /** A worker in a process of its own, with the same home. */
  const process = async (warnings: string[] = []): Promise<ActivityContext> => ({
    ...(await bench().anotherWorker()),
    keptAnswers: new KeptAnswers(folder(), (message) => warnings.push(message)),
  });
  /** A worker that receives an answer while the database is out of reach, and is killed then. */
  const killedWithAnswer = async (run: TestRun, input: Parameters<TestRun['model']['turn']>[0]) => {
    const first = await process();
    const { context, dead } = killedAt(first, 'store_answer', 'before');
    const turn = run.on(awayAt(context, 'store_answer', 1)).model.turn(input);
    assert.equal(await Promise.race([turn, dead]), 'dead');
    return first;
  };
  const assertPaidOnce = async (run: TestRun) => {
    const { usage } = await run.view();
    assert.deepEqual([usage.modelCalls, usage.possiblyBilled.calls], [1, 0]);
    assert.equal((await run.events('model.call')).length, 1);
    const found = await bench().db.pool.query<{ state: string; reserved: number }>(
      `SELECT state, reserved_usd::float8 AS reserved FROM model_calls JOIN runs ON runs.id = run_id WHERE run_id = $1`,
      [run.id],
    );
    assert.deepEqual(found.rows, [{ state: 'answered', reserved: 0 }]);
  };

  it('outlives its process: the next one records it, and the call is not made again', async () => {
    const { run, input, asked } = await begin(DONE);
    const first = await killedWithAnswer(run, input);
    const [file = ''] = kept();
    assert.equal(statSync(join(folder(), file)).mode & 0o777, 0o600);
    assert.equal(statSync(folder()).mode & 0o777, 0o700);
    await bench().declareDead(first);
    const { next } = await run.on(await process()).model.turn(input);
    assert.equal(next, 'test');
    assert.equal(asked(), 1);
    await assertPaidOnce(run);
    assert.deepEqual(kept(), []);
  });

  it('outlives its process when the database was suspended', async () => {
    const { run, input, asked } = await begin(DONE);
    const first = await process();
    const { context } = killedAt(first, 'store_answer', 'before');
    void run.on(context).model.turn(input);
    // Not its draft, which no other process reads.
    const isKept = () => existsSync(folder()) && kept().some((name) => name.endsWith('.json'));
    await eventually(isKept, 'the answer is kept');
    await bench().declareDead(first);
    assert.equal((await run.on(await process()).model.turn(input)).next, 'test');
    assert.equal(asked(), 1);
    await assertPaidOnce(run);
  });

  it('outlives its process also when another one has found its call lost: its cost is counted', async () => {
    const { run, input, asked } = await begin(DONE, DONE);
    const first = await killedWithAnswer(run, input);
    await bench().declareDead(first);
    // Of another home.
    const elsewhere = {
      ...(await process()),
      keptAnswers: new KeptAnswers(`${folder()}-elsewhere`, (message) => assert.fail(message)),
    };
    assert.equal((await run.on(elsewhere).model.turn(input)).next, 'test');
    assert.equal((await run.view()).usage.possiblyBilled.calls, 1);
    await (await process()).keptAnswers.recordLeft(bench().db);
    const { usage } = await run.view();
    assert.deepEqual([asked(), usage.modelCalls, usage.possiblyBilled.calls], [2, 2, 0]);
    assert.deepEqual(kept(), []);
  });

  it('is recorded by the next turn of its own process, after its activity was stopped', async () => {
    const { run, input, asked } = await begin(DONE);
    const own = await process();
    await assert.rejects(run.on(awayAt(own, 'store_answer', 1, new TypeError('stopped'))).model.turn(input));
    assert.equal(kept().length, 1);
    assert.equal((await run.on(own).model.turn(input)).next, 'test');
    assert.equal(asked(), 1);
    await assertPaidOnce(run);
    assert.deepEqual(kept(), []);
    assert.deepEqual(own.calls.unsettled, []);
  });

  it('leaves nothing behind once the database is back', async () => {
    const { run, input } = await begin(DONE);
    const own = await process();
    assert.equal((await run.on(awayAt(own, 'store_answer', 2)).model.turn(input)).next, 'test');
    await assertPaidOnce(run);
    assert.deepEqual(kept(), []);
  });

  it('is not recorded in another database, whose calls have the same numbers', async () => {
    const { run, input } = await begin(DONE);
    const first = await killedWithAnswer(run, input);
    const [file = ''] = kept();
    const path = join(folder(), file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(`"${run.id}"`, '"another"'));
    const log = await run.log();
    assert.deepEqual((await (await process()).keptAnswers.recordLeft(bench().db)).length, 1);
    assert.deepEqual(await run.log(), log);
    assert.deepEqual(kept(), []);
    await bench().declareDead(first);
  });

  it('stays for a person when its file is damaged, and no turn fails of it', async () => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), '1-damaged.json'), '{"call":');
    const warnings: string[] = [];
    const { run, input } = await begin(DONE);
    assert.equal((await run.on(await process(warnings)).model.turn(input)).next, 'test');
    assert.deepEqual(kept(), ['1-damaged.json.unusable']);
    assert.match(warnings.join(), /An answer that was paid for cannot be recorded\. It stays in .*unusable/);
  });

  it('waits while the disk of the database fails, and is not paid for again', async () => {
    const { run, input, asked } = await begin(DONE);
    const failing = awayAt(await process(), 'store_answer', 2, AWAY.diskFails);
    assert.equal((await run.on(failing).model.turn(input)).next, 'test');
    assert.equal(asked(), 1);
    await assertPaidOnce(run);
    assert.deepEqual(
      kept().filter((name) => name.endsWith('.json')),
      [],
    );
  });

  it('stays for a person when the record refuses it, and ends its task', async () => {
    const warnings: string[] = [];
    const { run, input, asked } = await begin(DONE);
    const refusing = awayAt(await process(warnings), 'store_answer', 1, DAMAGED);
    await assert.rejects(run.on(refusing).model.turn(input), UnrecordableAnswer);
    assert.equal(asked(), 1);
    const [file = ''] = kept().filter((name) => !name.startsWith('1-damaged'));
    assert.match(file, /\.json\.unusable$/);
    assert.match(readFileSync(join(folder(), file), 'utf8'), /new\.ts/);
    assert.match(warnings.join(), /It stays in .*unusable/);
  });

  describe('while the disk of the home is full (root only)', () => {
    const disk = useSmallDisk('size=8m');

    it('outlives its process in space that was reserved for it', async () => {
      const { run, input, asked } = await begin(DONE);
      const warnings: string[] = [];
      const onFullDisk = async () => ({
        ...(await process()),
        keptAnswers: new KeptAnswers(join(disk().path, 'kept'), (message) => warnings.push(message)),
      });
      const first = await onFullDisk();
      await first.keptAnswers.reserveSpace();
      disk().fill();
      const { context, dead } = killedAt(first, 'store_answer', 'before');
      const turn = run.on(awayAt(context, 'store_answer', 1)).model.turn(input);
      assert.equal(await Promise.race([turn, dead]), 'dead');
      await bench().declareDead(first);
      assert.equal((await run.on(await onFullDisk()).model.turn(input)).next, 'test');
      assert.equal(asked(), 1);
      await assertPaidOnce(run);
      assert.deepEqual(warnings, []);
      assert.equal(readdirSync(join(disk().path, 'kept', 'spare')).length, 32);
    });
  });

  it('waits in memory when the home cannot take it either', async () => {
    const warnings: string[] = [];
    const { run, input } = await begin(DONE);
    const own = await process();
    writeFileSync(`${folder()}-file`, '');
    const keptAnswers = new KeptAnswers(join(`${folder()}-file`, 'below'), (message) =>
      warnings.push(message),
    );
    const away = awayAt({ ...own, keptAnswers }, 'store_answer', 2, AWAY.replaced);
    assert.equal((await run.on(away).model.turn(input)).next, 'test');
    await assertPaidOnce(run);
    assert.match(warnings.join(), /in memory only/);
  });
});
