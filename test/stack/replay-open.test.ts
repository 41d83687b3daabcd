import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import { deferred } from '../../src/shared/async/deferred.js';
import { startScriptedModel } from '../../src/model/scripted/scripted-model.js';
import { startCommand } from '../support/cli.js';
import { creates } from '../support/model.js';
import { makeOtherBuild } from '../support/other-build.js';
import { makeProject } from '../support/project.js';
import { useCli } from '../support/use-cli.js';
import { eventually } from '../support/eventually.js';

const replayed = z.array(
  z.object({
    name: z.string(),
    workflowId: z.string(),
    ok: z.boolean(),
    problem: z.string().nullable(),
    events: z.array(z.number()),
  }),
);

/** The check before a deployment: every open run is replayed against the next build. */
describe('replay --open', function () {
  this.timeout(300_000);
  const gate = deferred<undefined>();
  after(() => gate.resolve(undefined));
  const { cli, model, scratch } = useCli({
    startModel: () =>
      startScriptedModel({
        answer: async () => {
          await gate.promise;
          return creates('one.txt', 'x');
        },
      }),
  });

  it('says so when no run is open', async () => {
    const ran = await cli.exits(0, ['replay', '--open', '--json']);
    assert.deepEqual(JSON.parse(ran.stdout), []);
    assert.match(ran.stderr, /No run is open/);
  });

  it('passes an open run on this build, and names it on a build that would break it', async () => {
    const { options } = makeProject(scratch.path, 'shop', [{ id: 'one', title: 'One' }]);
    await cli.exits(0, ['run', ...options, '--id', 'shop', '--detach']);
    await eventually(() => model.requests.length > 0, 'the model is asked');

    const passed = await cli.exits(0, ['replay', '--open', '--json']);
    const names = replayed.parse(JSON.parse(passed.stdout)).map(({ workflowId }) => workflowId);
    assert.deepEqual(names.sort(), ['leadwright/shop', 'leadwright/shop/one']);

    const other = makeOtherBuild(join(scratch.path, 'other'), (bundle) =>
      bundle.replace('sandbox.checkBase,', 'sandbox.verify,'),
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
    assert.match(told.stderr, /2 replayed, 1 would break\.\nGuard the change with patched\(\)/);

    gate.resolve(undefined);
    await cli.exits(0, ['watch', 'shop', '--json']);
    await cli.exits(0, ['replay', '--run', 'shop']);
  });
});
