import assert from 'node:assert/strict';
import { eventsOf, runOf } from '../support/cli.js';
import { makeTwoTasks, type TestProject } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

/** Several runs on one repository at the same time do not disturb each other. */
describe('concurrent runs', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  /** Two tasks, one after the other, slow enough for runs to overlap. */
  const project = (name: string) => makeTwoTasks(model, scratch.path, name, { one: 500, two: 500 });
  const treeOf = ({ repository }: TestProject, run: string) =>
    repository.git('rev-parse', `leadwright/${run}^{tree}`);

  it('of the same plan each have their own branch, with the same tree as a single run', async () => {
    const same = project('same');
    const start = (id: string) => cli.run(['run', ...same.options, '--id', id, '--json']);
    const alone = await start('alone');
    assert.equal(alone.code, 0, alone.stderr);
    const ids = ['left', 'right'];
    const both = await Promise.all(ids.map(start));
    for (const [index, ran] of both.entries()) {
      assert.equal(ran.code, 0, ran.stderr);
      const run = runOf(ran);
      const id = ids[index] ?? assert.fail();
      assert.deepEqual([run.runId, run.status, run.branch], [id, 'completed', `leadwright/${id}`]);
      assert.equal(run.usage.modelCalls, 2);
      assert.equal(same.repository.git('rev-parse', run.branch), run.commit);
      assert.equal(treeOf(same, id), treeOf(same, 'alone'));
      assert.equal(same.repository.git('rev-list', '--count', `main..${run.branch}`), '2');
      await cli.log(id);
    }
  });

  it('under the same id are one run, for a client that lost the reply and repeats its request', async () => {
    const once = project('once');
    const start = () => cli.run(['run', ...once.options, '--id', 'once', '--detach', '--json']);
    for (const ran of await Promise.all([start(), start()])) {
      assert.equal(ran.code, 0, ran.stderr);
      assert.deepEqual(JSON.parse(ran.stdout), { runId: 'once' });
    }
    const watched = await cli.exits(0, ['watch', 'once', '--json']);
    const log = eventsOf(watched);
    assert.equal(log.filter(({ type }) => type === 'run.status').length, 2, 'the run began and ended once');
    assert.deepEqual([model.callsFor('once one'), model.callsFor('once two')], [1, 1]);
    assert.equal(once.repository.git('rev-list', '--count', 'main..leadwright/once'), '2');
  });
});
