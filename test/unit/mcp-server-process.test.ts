import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openServer } from '../../src/mcp/open-server.js';
import { ServerFailure } from '../../src/mcp/session.js';
import { runOnCommit } from '../../src/sandbox/run-on-commit.js';
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
      env = process.env,
      lifeMs = 20_000,
      redact = (text: string) => text,
      trusted = false,
      variables = [] as readonly string[],
    } = {},
  ) =>
    openServer(
      {
        ...{ runner: runner, treesFolder: folder.trees, env, setupVariables: ['DOCS_SETUP'] },
        source: sourceOf({ [SERVER_PATH]: SERVER }),
        setup: setup === null ? null : folder.setup(setup),
      },
      {
        server: { kind: trusted ? 'trusted' : 'sandboxed', ...given, tools: null, env: variables },
        commit: nth(1),
        ...{ lifeMs, redact, signal },
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

  it('starts after the set-up of tests, whose variables it does not get', async () => {
    const env = { ...process.env, DOCS_SETUP: 'value-of-the-set-up' };
    const setup = `test "$DOCS_SETUP" = value-of-the-set-up && mkdir -p node_modules && echo ran >>${folder.log}`;
    const session = await open(server('plain'), { env, setup });
    const look = { say: '', variable: 'DOCS_SETUP' };
    const end = await session.call('echo', look, 20_000, new AbortController().signal);
    assert.match(JSON.stringify(end), /variable\\":null/);
    await session.close();
    const changes = {
      setup: folder.setup(setup),
      environment: { host: env, allow: ['DOCS_SETUP'] },
    };
    const tested = await runOnCommit(
      folder.request(sourceOf({ [SERVER_PATH]: SERVER }), 'test -n "$DOCS_SETUP"', changes),
    );
    assert.ok(tested.verdict.passed);
    assert.equal(readFileSync(folder.log, 'utf8'), 'ran\n', 'one layer for both');
  });

  it('lives as long as a timer can last, at most', async () => {
    const session = await open(server('plain'), { lifeMs: 2 ** 40 });
    assert.equal((await session.listTools(new AbortController().signal)).length, 4);
    await session.close();
  });

  it('shows no part of a secret where its error output is cut', async () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const args = ['-c', `printf '%s' ${secret} ${'x'.repeat(390)} >&2; exit 1`];
    const redact = (text: string) => text.replaceAll(secret, '[redacted]');
    await assert.rejects(
      open({ command: 'sh', args }, { redact }),
      (error) => error instanceof ServerFailure && /x{390}$/.test(error.message) && !/B2/.test(error.message),
    );
  });

  it('does not start without a variable that it needs outside the sandbox', async () => {
    for (const [name, reason] of [
      ['DOCS_MISSING', /^the variable DOCS_MISSING is not set where the worker runs$/],
      ['LEADWRIGHT_TOKEN', /^the variable LEADWRIGHT_TOKEN is never passed on/],
    ] as const) {
      await assert.rejects(open(server('plain'), { trusted: true, variables: [name] }), (error) => {
        assert.ok(error instanceof ServerFailure);
        assert.match(error.message, reason);
        return true;
      });
    }
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
