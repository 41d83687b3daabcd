import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandPlaces } from '../../src/sandbox/limits/command-places.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, lastText, writes } from '../support/answers.js';
import { useBench } from '../support/activity-bench.js';

/** The worker of a local stack: its turns test what they submit. */
describe('a turn that runs tests itself', () => {
  const bench = useBench();
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'leadwright-test-at-once-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * @param verdict a command that ends the test
   * @param isOwn whether the test is the task's own, which is tried at its start
   */
  const begin = async (verdict: string, places = new CommandPlaces(1, 0), isOwn = false) => {
    const count = join(folder, `${Math.random()}`);
    const test = `echo x >> ${count}; ${verdict}`;
    const plan = isOwn
      ? { test: 'true', tasks: [{ id: 'a', title: 'Do it', test }] }
      : { test, tasks: [{ id: 'a', title: 'Do it' }] };
    const run = await bench().start(plan, { 'a.txt': 'a\n' });
    const agent = new AgentSteps(run, 'a');
    const { model } = run.on({ ...bench().context, places });
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    const timesTested = () => readFileSync(count, { encoding: 'utf8', flag: 'a+' }).length / 2;
    return { run, agent, model, timesTested };
  };

  it('says what follows the test of its submission, which the record has', async () => {
    const { run, agent, model, timesTested } = await begin('true');
    const result = await model.turn(agent.turnInput());
    assert.ok(result.next === 'test');
    assert.deepEqual(result.tested, { next: 'land' });
    assert.equal(timesTested(), 1);
    assert.deepEqual(
      (await run.events('tests.finished')).map(({ data }) => [data.attempt, data.commit, data.passed]),
      [[1, result.commit, true]],
    );
    const { attempts, corrections, status } = await run.task('a');
    assert.deepEqual([attempts, corrections, status], [1, 0, 'in_progress']);
  });

  it('says the same when its result was lost, and tests and pays once', async () => {
    const { run, agent, model, timesTested } = await begin('exit 3');
    const input = agent.turnInput();
    const first = await model.turn(input);
    assert.ok(first.next === 'test' && first.tested?.next === 'correct');
    assert.deepEqual(await model.turn(input), first);
    assert.equal(timesTested(), 1);
    assert.equal((await run.view()).usage.modelCalls, 1);
    assert.equal((await run.events('correction.started')).length, 1);
  });

  it('says the same after the question that follows the last correction', async () => {
    const { run, agent, model, timesTested } = await begin('exit 3');
    const input = agent.turnInput({ maxCorrections: 0 });
    const first = await model.turn(input);
    assert.ok(first.next === 'test' && first.tested?.next === 'blocked');
    const repeated = await model.turn(input);
    assert.ok(repeated.next === 'test');
    assert.deepEqual([repeated.commit, repeated.tested], [first.commit, first.tested]);
    assert.equal(timesTested(), 1);
    assert.equal((await run.events('blocker.raised')).length, 1);
  });

  it('leaves the test to the queue for commands when it gets no place', async () => {
    const { run, agent, model, timesTested } = await begin('true', new CommandPlaces(0, 0));
    const result = await model.turn(agent.turnInput());
    assert.ok(result.next === 'test');
    assert.equal(result.tested, undefined);
    assert.equal(timesTested(), 0);
    assert.equal((await run.events('tests.finished')).length, 0);
  });

  it('leaves it to the queue when the test could not be run, where it is tried again', async () => {
    const { agent, run } = await begin('true');
    const broken = {
      ...bench().context,
      places: new CommandPlaces(1, 0),
      runner: { ...bench().context.runner, run: () => Promise.reject(new Error('no space left')) },
    };
    const result = await run.on(broken).model.turn(agent.turnInput());
    assert.ok(result.next === 'test');
    assert.equal(result.tested, undefined);
    assert.equal((await run.events('tests.finished')).length, 0);
  });

  it('tries the test of its task before its first call, and says with which verdict', async () => {
    const { run, agent, model, timesTested } = await begin(
      'echo "no total"; exit 3',
      new CommandPlaces(1, 0),
      true,
    );
    let told = '';
    bench().answer = (request) => {
      told = lastText(request);
      return calls('list_files', {});
    };
    const result = await model.turn(agent.startInput());
    assert.ok(result.next === 'continue' && result.testId !== undefined);
    assert.match(told, /no total/);
    assert.equal(timesTested(), 1);
    assert.equal((await run.events('tests.finished')).length, 0, 'no attempt was tested');
    assert.equal((await model.turn(agent.startInput())).next, 'continue');
    assert.equal(timesTested(), 1, 'a repetition finds the verdict');
  });

  it('leaves the try to the queue when it gets no place', async () => {
    const { agent, model, timesTested } = await begin('exit 3', new CommandPlaces(0, 0), true);
    assert.deepEqual(await model.turn(agent.startInput()), { next: 'try' });
    assert.equal(timesTested(), 0);
  });

  it('tests nothing when it submits nothing', async () => {
    const { agent, model, timesTested } = await begin('true');
    bench().answer = () => calls('list_files', {});
    assert.equal((await model.turn(agent.turnInput())).next, 'continue');
    assert.equal(timesTested(), 0);
  });
});
