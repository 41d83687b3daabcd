import assert from 'node:assert/strict';
import type { Folders } from '../../src/results/command-folders.js';
import { createCommandEnvironment } from '../../src/sandbox/command-environment.js';

const FOLDERS: Folders = { tree: '/t/x/tree', home: '/t/x/home', tmp: '/t/x/tmp' };
const SECRETS = {
  ANTHROPIC_API_KEY: 'secret',
  ANTHROPIC_BASE_URL: 'secret',
  DATABASE_URL: 'secret',
  TEMPORAL_API_KEY: 'secret',
  LEADWRIGHT_TOKEN: 'secret',
  LEADWRIGHT_SANDBOX_ID: 'secret',
};

describe('the environment of a command', () => {
  it('has what tools need, private folders, and nothing else of the host', () => {
    const host = {
      PATH: '/usr/bin',
      HOME: '/home/me',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      SHOP: '1',
      ...SECRETS,
    };
    const { PATH, HOME, TMPDIR, LANG, LC_ALL, TERM, CI, ...rest } = createCommandEnvironment(
      host,
      [],
      FOLDERS,
    );
    assert.deepEqual(
      [PATH, HOME, TMPDIR, LANG, LC_ALL, TERM, CI],
      ['/usr/bin', '/t/x/home', '/t/x/tmp', 'de_DE.UTF-8', 'C', 'dumb', 'true'],
    );
    assert.deepEqual(rest, {
      GIT_CEILING_DIRECTORIES: '/t/x',
      NO_COLOR: '1',
      PYTHONUNBUFFERED: '1',
      SHELL: '/bin/sh',
      TEMP: '/t/x/tmp',
      TMP: '/t/x/tmp',
    });
  });

  it('passes variables that the plan names, if they are set', () => {
    const env = createCommandEnvironment({ TZ: 'UTC', CI: 'false' }, ['TZ', 'CI', 'ABSENT'], FOLDERS);
    assert.deepEqual([env['TZ'], env['CI'], 'ABSENT' in env], ['UTC', 'false', false]);
  });

  it('never passes a secret of Leadwright, even if the plan names it, in any spelling', () => {
    const host = { ...SECRETS, anthropic_api_key: 'secret' };
    const env = createCommandEnvironment(host, Object.keys(host), FOLDERS);
    assert.ok(!Object.values(env).includes('secret'));
  });

  it('keeps HOME and TMPDIR private, even if the plan names them', () => {
    const env = createCommandEnvironment({ HOME: '/home/me', TMPDIR: '/tmp' }, ['HOME', 'TMPDIR'], FOLDERS);
    assert.deepEqual([env['HOME'], env['TMPDIR']], [FOLDERS.home, FOLDERS.tmp]);
  });

  const paths: readonly [string, string | undefined, string][] = [
    ['a value', undefined, '/usr/local/bin:/usr/bin:/bin'],
    ['relative entries', '.:bin::/usr/bin', '/usr/bin'],
    ['the folders that npm adds', '/app/node_modules/.bin:/lib/npm/node-gyp-bin:/usr/bin', '/usr/bin'],
  ];
  for (const [what, path, expected] of paths) {
    it(`has a usable PATH without ${what}`, () => {
      assert.equal(createCommandEnvironment({ PATH: path }, [], FOLDERS)['PATH'], expected);
    });
  }

  it('points tool chains to their folders in the real home, since HOME differs', () => {
    const host = { HOME: '/home/me', PATH: '/home/me/.cargo/bin:/home/me/.pyenv/shims:/usr/bin' };
    const env = createCommandEnvironment(host, [], FOLDERS);
    assert.equal(env['RUSTUP_HOME'], '/home/me/.rustup');
    assert.equal(env['PYENV_ROOT'], '/home/me/.pyenv');
    assert.equal(env['VOLTA_HOME'], undefined);
    assert.equal(
      createCommandEnvironment({ ...host, RUSTUP_HOME: '/opt/r' }, [], FOLDERS)['RUSTUP_HOME'],
      '/opt/r',
    );
  });
});
