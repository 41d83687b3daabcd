import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { deferred } from '../../src/shared/deferred.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import { startCommand, testCli, type TestCli } from '../support/cli.js';
import { creates } from '../support/model.js';
import { makeOtherBuild } from '../support/other-build.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

const replayed = z.array(
  z.object({
    name: z.string(),
    workflowId: z.string(),
    ok: z.boolean(),
    problem: z.string().nullable(),
    events: z.array(z.number()),
  }),
);

/** The deploy rehearsal: every open run against the build that is to come. */
describe('replay --open', function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const gate = deferred<undefined>();
  let model: ScriptedModel;
  let cli: TestCli;

  before(async () => {
    model = await startScriptedModel({
      answer: async () => {
        await gate.promise;
        return creates('one.txt', 'x');
      },
    });
    cli = await testCli(model.url);
  });
  after(async () => {
    gate.resolve(undefined);
    await cli.remove();
    await model.close();
    scratch.remove();
  });

  it('says so when no run is open', async () => {
    const ran = await cli.run(['replay', '--open', '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(JSON.parse(ran.stdout), []);
    assert.match(ran.stderr, /No run is open/);
  });

  it('passes a run in flight on this build, and names it on one that would break it', async () => {
    const { options } = makeProject(scratch.path, 'shop', [{ id: 'one', title: 'One' }]);
    const started = await cli.run(['run', ...options, '--id', 'shop', '--detach']);
    assert.equal(started.code, 0, started.stderr);
    while (model.requests.length === 0) await delay(50);

    const passed = await cli.run(['replay', '--open', '--json']);
    assert.equal(passed.code, 0, passed.stdout);
    const names = replayed.parse(JSON.parse(passed.stdout)).map(({ workflowId }) => workflowId);
    assert.deepEqual(names.sort(), ['leadwright/shop', 'leadwright/shop/one']);

    const other = makeOtherBuild(join(scratch.path, 'other'), (bundle) =>
      bundle.replace('sandbox.checkBase.executeWithOptions', 'sandbox.verify.executeWithOptions'),
    );
    const broke = await startCommand(['replay', '--open', '--json'], cli.env, other).done;
    assert.equal(broke.code, 1, broke.stderr);
    const broken = replayed.parse(JSON.parse(broke.stdout)).filter(({ ok }) => !ok);
    assert.deepEqual(
      broken.map(({ workflowId, events }) => ({ workflowId, events: events.length })),
      [{ workflowId: 'leadwright/shop', events: 1 }],
    );
    assert.match(
      broken[0]?.problem ?? '',
      /^its commands differ: the history has the activity checkBase, this build does verify \(event \d+\)$/,
    );

    const told = await startCommand(['replay', '--open'], cli.env, other).done;
    assert.match(told.stdout, /^BREAKS {2}leadwright\/shop: its commands differ/m);
    assert.match(told.stdout, /^ok {6}leadwright\/shop\/one$/m);
    assert.match(told.stderr, /2 replayed, 1 would break\.\nPut what changed behind patched\(\)/);

    gate.resolve(undefined);
    const watched = await cli.run(['watch', 'shop', '--json']);
    assert.equal(watched.code, 0, watched.stderr);
    assert.equal((await cli.run(['replay', '--run', 'shop'])).code, 0);
  });
});
