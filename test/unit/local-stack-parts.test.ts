import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { EnvironmentError } from '../../src/contract/errors.js';
import {
  addressVariables,
  earlyEnvironment,
  partsFingerprint,
  probeDatabase,
} from '../../src/local-stack/external-services.js';
import type { Environment } from '../../src/shared/config.js';
import { freePort } from '../../src/shared/network/free-port.js';
import { HERE } from '../../src/shared/process/owner.js';
import { tryPresenceLock } from '../../src/local-stack/host/presence-lock.js';
import {
  endProcess,
  identityOf,
  isAlive,
  signalProcess,
  startByPs,
} from '../../src/local-stack/process/process-identity.js';
import {
  clientMessage,
  encodeMessage,
  messageReader,
  type ClientMessage,
} from '../../src/local-stack/host/host-protocol.js';
import { readStackFile } from '../../src/local-stack/stack-file.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { eventually } from '../support/eventually.js';
import { setEnvironment } from '../support/set-environment.js';
import { lookUpTemporalBinary } from '../../src/local-stack/temporal/temporal-binary.js';

describe('the parts of the local stack', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadwright-unit-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  describe('a process', () => {
    it('is distinguished from a later one with the same pid', async () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
      const identity = identityOf(child.pid ?? 0);
      assert.ok(identity !== undefined && isAlive(identity));
      const stranger = { ...identity, startedAt: 'earlier' };
      assert.ok(!isAlive(stranger));
      signalProcess(stranger, 'SIGKILL');
      assert.ok(isAlive(identity));
      await endProcess(identity, 'SIGTERM', 5_000);
      assert.ok(!isAlive(identity));
    });

    it('has the same start in every time zone, where `ps` tells it', () => {
      const startIn = (zone: string) => {
        const restore = setEnvironment({ TZ: zone });
        try {
          return startByPs(process.pid);
        } finally {
          restore();
        }
      };
      const start = startIn('Asia/Tokyo');
      assert.match(start ?? '', /_\d\d:\d\d:\d\d_/);
      assert.equal(startIn('America/New_York'), start);
    });

    it('that ignores SIGTERM is killed', async () => {
      const child = spawn(process.execPath, [
        '-e',
        "process.on('SIGTERM', () => undefined); console.log(1); setInterval(() => undefined, 1000)",
      ]);
      await once(child.stdout, 'data');
      const identity = identityOf(child.pid ?? 0);
      assert.ok(identity !== undefined);
      await endProcess(identity, 'SIGTERM', 100);
      assert.ok(!isAlive(identity));
    });
  });

  describe('the lock', () => {
    const lockPaths = () => ({ home: folder, locks: folder });
    it('has one owner, and is free once released', async () => {
      const lock = await tryPresenceLock(lockPaths(), 'host');
      assert.ok(lock !== undefined);
      assert.equal(await tryPresenceLock(lockPaths(), 'host'), undefined);
      assert.ok((await tryPresenceLock(lockPaths(), 'starter')) !== undefined);
      await lock.release();
      assert.ok((await tryPresenceLock(lockPaths(), 'host')) !== undefined);
    });

    it('is acquired by exactly one of several concurrent calls', async () => {
      const locks = await Promise.all(Array.from({ length: 20 }, () => tryPresenceLock(lockPaths(), 'host')));
      assert.ok(locks.filter((lock) => lock !== undefined).length <= 1);
    });

    it('is touched by its owner as long as it is held', async () => {
      const lock = await tryPresenceLock(lockPaths(), 'host');
      assert.ok(lock !== undefined);
      const [file = ''] = await readdir(folder);
      const path = join(folder, file);
      await utimes(path, 0, 0);
      await eventually(async () => (await stat(path)).mtimeMs > 0, 'it is touched');
      await lock.release();
      assert.ok(!lock.lost.aborted);
    });

    it('is free after its owner has died', async () => {
      await writeFile(join(folder, `host.${HERE}.${process.pid}.earlier.1`), '');
      assert.ok((await tryPresenceLock(lockPaths(), 'host')) !== undefined);
      assert.equal((await readdir(folder)).length, 1);
    });
  });

  describe('messages', () => {
    const messages: readonly ClientMessage[] = [
      {
        type: 'hold',
        parts: 'é',
        scope: 'stack',
        standing: false,
        worker: { need: 'model', env: { NAME: 'a\nb' } },
      },
      { type: 'release' },
      { type: 'stop' },
    ];

    it('arrive whole, however the stream is split', () => {
      const text = messages.map(encodeMessage).join('');
      fc.assert(
        fc.property(fc.array(fc.nat(text.length)), (cuts) => {
          const read = messageReader(clientMessage);
          const ends = [...cuts.sort((a, b) => a - b), text.length];
          const got = ends.flatMap((end, index) => read(text.slice(ends[index - 1] ?? 0, end)));
          assert.deepEqual(got, messages);
        }),
      );
    });

    it('of unknown kinds are refused', () => {
      assert.throws(() => messageReader(clientMessage)('GET / HTTP/1.1\n'));
      assert.throws(() => messageReader(clientMessage)('{"type":"shutdown"}\n'));
    });
  });

  it('reuses the previous port if it is free, and picks another otherwise', async () => {
    const port = await freePort(undefined);
    assert.ok(port < 32_768, 'none that the system gives to connections by itself');
    assert.equal(await freePort(port), port);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    assert.notEqual(await freePort(port), port);
    server.close();
  });

  it('keeps the socket path within the system’s limit', () => {
    assert.equal(stackPaths('/h').sockets.host, '/h/run/host.sock');
    const deep = `/${'deep/'.repeat(40)}`;
    const { host, postgres } = stackPaths(deep).sockets;
    for (const path of [host, join(postgres, '.s.PGSQL.5432')]) assert.ok(Buffer.byteLength(path) <= 100);
    assert.equal(stackPaths(deep).sockets.host, host);
    assert.notEqual(stackPaths(`${deep}x`).sockets.host, host);
  });

  it('ignores a stack file that Leadwright did not write', async () => {
    assert.equal(await readStackFile(join(folder, 'stack.json')), undefined);
    await writeFile(join(folder, 'stack.json'), '{"host":');
    assert.equal(await readStackFile(join(folder, 'stack.json')), undefined);
  });

  describe('external services', () => {
    it('are detected independently', () => {
      const parts = [
        {},
        { DATABASE_URL: 'postgresql://a/b' },
        { TEMPORAL_ADDRESS: 'a:1' },
        { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_API_KEY: 'k' },
        { TEMPORAL_NAMESPACE: 'n' },
      ];
      assert.equal(new Set(parts.map(partsFingerprint)).size, parts.length);
      const same = { TEMPORAL_CLI_PATH: '/x', ANTHROPIC_API_KEY: 'k', DATABASE_URL: '' };
      assert.equal(partsFingerprint(same), partsFingerprint({}));
    });

    it('are passed unchanged to worker and server, embedded ones by their address', () => {
      const parts = {
        home: '/h',
        databaseUrl: 'postgresql://x',
        address: 'x:1',
        namespace: 'default',
      };
      const environment = (env: Environment) => ({
        ...earlyEnvironment(env, parts.home),
        ...addressVariables(env, parts),
      });
      const external = environment({ TEMPORAL_PROFILE: 'cloud' });
      assert.equal(external['TEMPORAL_PROFILE'], 'cloud');
      assert.equal(external['TEMPORAL_ADDRESS'], undefined);
      const embedded = environment({ TEMPORAL_API_KEY: 'k' });
      assert.equal(embedded['TEMPORAL_ADDRESS'], 'x:1');
      assert.equal(embedded['TEMPORAL_TLS_CLIENT_KEY_PATH'], '/h/temporal/tls/client.key');
      assert.equal(embedded['TEMPORAL_API_KEY'], undefined);
    });

    it('are named without their password if they do not answer', async () => {
      for (const url of [
        'postgresql://me:hunter2@127.0.0.1:1/db',
        'hunter2',
        'postgresql://me:hunter2@[/db',
      ]) {
        await assert.rejects(probeDatabase(url), (error) => {
          assert.ok(error instanceof EnvironmentError);
          assert.doesNotMatch(`${error.message} ${error.fix}`, /hunter2/);
          return true;
        });
      }
    });

    it('are told from a mistyped address: a % in a password has to be encoded', async () => {
      await assert.rejects(probeDatabase('postgresql://me:hunter2%zz@127.0.0.1:1/db'), {
        name: 'EnvironmentError',
        message: /the password in DATABASE_URL has a % that begins no character code/,
        fix: /^Write a % of it as %25/,
      });
    });
  });

  describe('the Temporal binary', () => {
    const script = '#!/bin/sh\necho "temporal version 9.9.9 (Server 8.8.8, UI 7.7.7)"\n';

    it('is the one in PATH unless another one is configured', async () => {
      await writeFile(join(folder, 'temporal'), script, { mode: 0o755 });
      await writeFile(join(folder, 'other'), script, { mode: 0o755 });
      const env = { PATH: `/nowhere:${folder}` };
      const found = await lookUpTemporalBinary({ home: folder, env });
      assert.deepEqual(found, {
        path: join(folder, 'temporal'),
        source: 'PATH',
        cliVersion: '9.9.9',
        serverVersion: '8.8.8',
      });
      const other = { ...env, TEMPORAL_CLI_PATH: join(folder, 'other') };
      assert.equal((await lookUpTemporalBinary({ home: folder, env: other }))?.source, 'TEMPORAL_CLI_PATH');
    });

    it('is not just any file of that name', async () => {
      await writeFile(join(folder, 'temporal'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
      assert.equal(await lookUpTemporalBinary({ home: folder, env: { PATH: folder } }), undefined);
    });
  });
});
