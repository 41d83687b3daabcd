import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runListEntrySchema } from '../../src/contract/run-view.js';
import { z } from 'zod';
import { testCli, type TestCli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

/** A model server that answers every call with the error of the moment. */
async function startBroken(error: { status: number }): Promise<{ close: () => void; url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(error.status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ type: 'error', error: { type: 'not_found_error', message: 'No such model' } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { close, url: `http://127.0.0.1:${port}` };
}

describe('a run whose model is out of reach', function () {
  this.timeout(180_000);
  const scratch = scratchFolder();
  const error = { status: 529 };
  let broken: Awaited<ReturnType<typeof startBroken>>;
  let cli: TestCli;

  before(async () => {
    broken = await startBroken(error);
    cli = await testCli(broken.url);
  });
  after(async () => {
    await cli.remove();
    broken.close();
    scratch.remove();
  });

  const tasks = Array.from({ length: 9 }, (_, index) => ({
    id: `t${index + 1}`,
    title: `Task ${index + 1}`,
  }));
  const count = (text: string, pattern: RegExp) => text.match(new RegExp(pattern, 'g'))?.length ?? 0;

  it('says so once while it is followed, in its status and in the list of runs', async () => {
    const { options } = makeProject(scratch.path, 'away', tasks);
    const run = cli.start(['run', ...options, '--id', 'away']);
    await run.untilSaid(/\(run\) {2}model (?:overloaded|rate limit)/);
    // While the provider is overloaded, calls also wait for the rate limit that this sets.
    const said =
      /model (?:overloaded|rate limit reached) since \d\d:\d\d, try \d+, next (?:in \d+s|one under way)/;
    await eventually(
      async () => said.test((await cli.exits(0, ['status', 'away'])).stdout),
      'status says so',
    );
    const status = (await cli.exits(0, ['status', 'away'])).stdout;
    assert.equal(count(status, said), 1, status);
    const list = (await cli.exits(0, ['status'])).stdout;
    assert.equal(count(list, said), 1, list);
    const [entry] = z
      .array(runListEntrySchema)
      .parse(JSON.parse((await cli.exits(0, ['status', '--json'])).stdout));
    assert.match(String(entry?.waiting?.reason), /^(?:overloaded|rate_limited)$/);

    // A 404 asks a person. All tasks wait for the same, which is said once.
    error.status = 404;
    const ran = await run.done;
    assert.equal(ran.code, 3, 'no call was ever answered');
    const said404 = (ran.stdout + ran.stderr).split('\n').filter((line) => line.includes('No such model'));
    // Once as an event, once with the command that answers it, and once as the reason of the exit code.
    assert.ok(said404.length > 0 && said404.length <= 3, said404.join('\n'));
    assert.ok(
      said404.every((line) => !/ t\d /.test(line)),
      said404.join('\n'),
    );
  });

  it('is listed with aligned columns, found and sorted', async () => {
    const found = (await cli.exits(0, ['status', '--find', 'AWAY', '--sort', 'cost'])).stdout.split('\n');
    assert.match(found[0] ?? '', /^RUN +NAME +STATUS +DONE +QUESTIONS +COST +DURATION +STARTED +REPOSITORY$/);
    assert.match(found[1] ?? '', /^away +away +blocked +0\/9 +1 +\$0\.00 /);
    assert.equal(found[0]?.indexOf('NAME'), found[1]?.indexOf('away', 4));
    assert.match(
      (await cli.exits(0, ['status', '--find', 'nothing'])).stdout,
      /^The only run does not match\. /,
    );
    assert.match((await cli.exits(2, ['status', 'away', '--find', 'x'])).stderr, /--find/);
    await cli.exits(2, ['status', '--sort', 'beauty']);
  });
});
