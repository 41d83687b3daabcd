import assert from 'node:assert/strict';
import { openServer } from '../../src/mcp/open-server.js';
import { ServerFailure } from '../../src/mcp/session.js';
import { createContainerRunner } from '../../src/sandbox/runners/container-runner.js';
import { createProcessGroupRunner } from '../../src/sandbox/runners/process-group-runner.js';
import { limitsFor } from '../../src/sandbox/limits/command-limits.js';
import { server, SERVER, SERVER_PATH } from '../support/mcp-servers.js';
import { nth, scaffold, sourceOf, type Scaffold } from './sandbox-support.js';

describe('the process of an MCP server', () => {
  let folder: Scaffold;
  before(async () => {
    folder = await scaffold();
  });
  afterEach(async () => {
    assert.deepEqual(await folder.left(), []);
  });
  after(() => folder.remove());

  const open = (
    given: { readonly command: string; readonly args: readonly string[] },
    {
      runner = createProcessGroupRunner('a test'),
      setup = null as string | null,
      signal = new AbortController().signal,
    } = {},
  ) =>
    openServer(
      {
        ...{ runner: runner, treesFolder: folder.trees, env: process.env },
        source: sourceOf({ [SERVER_PATH]: SERVER }),
        setup: setup === null ? null : folder.setup(setup),
      },
      {
        server: { kind: 'sandboxed', ...given, tools: null, env: [] },
        commit: nth(1),
        lifeMs: 20_000,
        signal,
      },
    );

  it('comes from the set-up before PATH', async () => {
    const setup = `mkdir -p node_modules/.bin; printf '#!/bin/sh\\nexec node ${SERVER_PATH} plain /dev/null\\n' >node_modules/.bin/cat; chmod +x node_modules/.bin/cat`;
    const session = await open({ command: 'cat', args: [] }, { setup });
    assert.equal((await session.listTools(new AbortController().signal)).length, 4);
    await session.close();
    await assert.rejects(
      open({ command: 'x', args: [] }, { setup: 'echo no space left; false' }),
      (error) => {
        assert.ok(error instanceof ServerFailure);
        assert.match(error.message, /^the set-up \(.*\) failed: no space left/);
        return true;
      },
    );
  });

  it('gets its arguments as they are', async () => {
    const args = [SERVER_PATH, 'plain', '/dev/null', 'a b', "it's", '$HOME', '*', ''];
    const session = await open({ command: 'node', args });
    await session.close();
  });

  it('is ended when its run is cancelled: while it starts, and in a call', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled by the test');
    const starting = open(server('silent'), { signal: cancel.signal });
    setTimeout(() => cancel.abort(reason), 500);
    await assert.rejects(starting, reason);
    const later = new AbortController();
    const session = await open(server('hangs in a call'), { signal: later.signal });
    setTimeout(() => later.abort(reason), 100);
    await assert.rejects(session.call('echo', {}, 20_000, later.signal), reason);
    await session.close();
  });

  it('cannot be attached to a container, which is said without a retry', async () => {
    const runner = createContainerRunner({ program: 'no-engine', image: 'x', limits: limitsFor(2 ** 30) });
    await assert.rejects(open(server('plain'), { runner }), (error) => {
      assert.ok(error instanceof ServerFailure);
      assert.match(error.message, /cannot be attached to a container\. Set `trusted: true`/);
      return true;
    });
  });
});
