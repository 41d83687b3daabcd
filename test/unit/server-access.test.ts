import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../../src/contract/errors.js';
import {
  baseUrl,
  isLoopback,
  isOurHost,
  listenAddress,
  proxiedHosts,
} from '../../src/shared/network/listen-address.js';
import { backOffMs } from '../../src/shared/async/back-off.js';
import { obtainToken } from '../../src/shared/network/token.js';

describe('the token', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadwright-token-'));
    file = join(folder, 'home', 'token');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made once for all processes that start at once, and readable by its owner only', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => obtainToken(file, {})));
    assert.equal(new Set(tokens.map((token) => token.value)).size, 1);
    const [token] = tokens;
    assert.ok(token !== undefined);
    assert.match(token.value, /^[\w-]{43}$/);
    assert.equal(token.setByHand, false);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await readFile(file, 'utf8')).trim(), token.value);
    assert.deepEqual(await readdir(join(folder, 'home')), ['token']);
  });

  it('is made private again when its file was readable by others', async () => {
    const { value } = await obtainToken(file, {});
    await chmod(file, 0o644);
    assert.equal((await obtainToken(file, {})).value, value);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it('may be set by hand, and is then not stored', async () => {
    assert.deepEqual(await obtainToken(file, { LEADWRIGHT_TOKEN: 'mine' }), {
      value: 'mine',
      setByHand: true,
    });
    assert.deepEqual(await readdir(folder), []);
  });

  it('is refused with a fix if it is invalid', async () => {
    await assert.rejects(obtainToken(file, { LEADWRIGHT_TOKEN: 'two words' }), EnvironmentError);
    await writeFile(join(folder, 'empty'), '');
    await assert.rejects(obtainToken(join(folder, 'empty'), {}), EnvironmentError);
    await assert.rejects(obtainToken(join(folder, 'empty', 'token'), {}), EnvironmentError);
  });

  const planted: readonly (readonly [string, RegExp, (secret: string) => unknown])[] = [
    ['is a link', /is a symbolic link/, (secret) => symlink(secret, file)],
    ['is a pipe', /is not a regular file/, () => spawnSync('mkfifo', ['-m', '600', file])],
    ['is a folder', /is not a regular file/, () => mkdir(file)],
    [
      'can be changed by others',
      /can be changed by other users/,
      (secret) => rename(secret, file).then(() => chmod(file, 0o622)),
    ],
    [
      'belongs to another account',
      /belongs to another account \(uid 65534\)/,
      (secret) => rename(secret, file).then(() => chown(file, 65_534, 65_534)),
    ],
    ['is cut off', /does not hold a token/, () => writeFile(file, 'short\n', { mode: 0o600 })],
    ['is too long', /does not hold a token/, () => writeFile(file, 'x'.repeat(100_000), { mode: 0o600 })],
  ];
  for (const [name, message, plant] of planted) {
    it(`is refused with a fix if its file ${name}`, async function () {
      if (name.includes('account') && process.getuid?.() !== 0) this.skip();
      // A good secret elsewhere, so that only the file itself is wrong.
      const secret = join(folder, 'elsewhere');
      await mkdir(dirname(file));
      await writeFile(secret, `${'s'.repeat(43)}\n`, { mode: 0o600 });
      await plant(secret);
      await assert.rejects(obtainToken(file, {}), (error) => {
        assert.ok(error instanceof EnvironmentError);
        assert.match(error.message, message);
        assert.match(error.fix, /Delete it/);
        return true;
      });
    });
  }
});

describe('the address', () => {
  it('is the default, or LEADWRIGHT_LISTEN', () => {
    assert.deepEqual(listenAddress({}), { host: '127.0.0.1', port: 4800, fixed: false });
    assert.deepEqual(listenAddress({ LEADWRIGHT_LISTEN: '0.0.0.0:80' }), {
      host: '0.0.0.0',
      port: 80,
      fixed: true,
    });
    assert.deepEqual(listenAddress({ LEADWRIGHT_LISTEN: '[::1]:9' }), { host: '::1', port: 9, fixed: true });
    for (const bad of ['4800', ':4800', 'localhost', 'a:b', '::1:80', 'host:65536', 'http://a:1']) {
      assert.throws(() => listenAddress({ LEADWRIGHT_LISTEN: bad }), EnvironmentError, bad);
    }
  });

  it('has a URL by which this machine reaches it', () => {
    assert.equal(baseUrl('0.0.0.0', 1), 'http://127.0.0.1:1');
    assert.equal(baseUrl('::', 1), 'http://[::1]:1');
    assert.equal(baseUrl('box.lan', 1), 'http://box.lan:1');
  });

  it('is recognised as loopback or not', () => {
    for (const host of ['localhost', 'a.localhost', '127.9.9.9', '::1'])
      assert.equal(isLoopback(host), true, host);
    for (const host of ['0.0.0.0', '::', '127.evil.example', 'localhost.evil.example', '10.0.0.1']) {
      assert.equal(isLoopback(host), false, host);
    }
  });

  const HOSTS = [
    { header: '127.0.0.1:4800', listen: '127.0.0.1', ours: true },
    { header: 'LOCALHOST:1', listen: '127.0.0.1', ours: true },
    { header: '[::1]:4800', listen: '127.0.0.1', ours: true },
    { header: '10.0.0.1', listen: '127.0.0.1', ours: false },
    { header: 'notifier:4800', listen: '127.0.0.1', ours: false },
    { header: 'evil.example', listen: '127.0.0.1', ours: false },
    { header: 'user@127.0.0.1', listen: '127.0.0.1', ours: false },
    { header: '127.0.0.1:4800/x', listen: '127.0.0.1', ours: false },
    { header: undefined, listen: '127.0.0.1', ours: false },
    { header: 'box.lan:4800', listen: 'box.lan', ours: true },
    { header: '10.0.0.1:4800', listen: '0.0.0.0', ours: true },
    { header: 'notifier:4800', listen: '0.0.0.0', ours: true },
    { header: 'evil.example:4800', listen: '0.0.0.0', ours: false },
  ];
  for (const { header, listen, ours } of HOSTS) {
    it(`listening at ${listen}, ${ours ? 'answers' : 'does not answer'} to ${header ?? 'no name'}`, () => {
      assert.equal(isOurHost(header, listen), ours);
    });
  }
});

describe('the host names of a proxy', () => {
  it('are accepted, and no others', () => {
    const hosts = proxiedHosts({ LEADWRIGHT_HOSTS: 'Leadwright.Example.com, other.example' });
    assert.deepEqual(hosts, ['leadwright.example.com', 'other.example']);
    assert.equal(isOurHost('leadwright.example.com:443', '127.0.0.1', hosts), true);
    assert.equal(isOurHost('evil.leadwright.example.com', '127.0.0.1', hosts), false);
    assert.deepEqual(proxiedHosts({}), []);
  });

  it('are refused if they are invalid', () => {
    for (const bad of ['https://a.example', 'a.example:443', 'a.example,', 'a b', '*/x', 'a@b']) {
      assert.throws(() => proxiedHosts({ LEADWRIGHT_HOSTS: bad }), EnvironmentError, bad);
    }
  });
});

describe('the pause before reconnecting', () => {
  it('grows with every failure up to a bound, with jitter', () => {
    assert.deepEqual(
      [0, 1, 2, 10, 2_000].map((failures) => backOffMs(failures, 1)),
      [100, 200, 400, 5_000, 5_000],
    );
    assert.equal(backOffMs(0, 0), 50);
  });
});
