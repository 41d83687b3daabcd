import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isLockFile,
  isManifestOf,
  lockChangeReason,
  lockedNames,
  rivalLockFiles,
  type LockTexts,
} from '../../src/protection/lock-files/lock-files.js';

/**
 * Lock files as each package manager wrote them: of a small project, and after a dependency was added by its own
 * command (npm 11, pnpm 9, Yarn 1 and 4, uv, Poetry 2, Pipenv, Cargo, Go).
 */
const FIXTURES = 'test/fixtures/lock-files';
const MANAGERS = ['npm', 'pnpm', 'yarn1', 'yarn4', 'uv', 'poetry', 'pipenv', 'cargo', 'go'] as const;
type Manager = (typeof MANAGERS)[number];

interface Project extends LockTexts {
  readonly path: string;
  readonly text: string;
}

function project(manager: Manager, state: 'before' | 'after'): Project {
  const folder = join(FIXTURES, manager, state);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const files = readdirSync(folder);
  const path = files.find(isLockFile) ?? assert.fail();
  const manifests = files
    .filter((file) => isManifestOf(path, file))
    .map((file) => [file, read(file)] as const);
  return { path, text: read(path), manifests: new Map(manifests) };
}

describe('a lock file that a package manager changed', () => {
  for (const manager of MANAGERS) {
    const [before, after] = [project(manager, 'before'), project(manager, 'after')];
    it(`${manager}: may change with a dependency that the task adds, or removes`, () => {
      assert.equal(lockChangeReason(after.path, before, after), null);
      assert.equal(lockChangeReason(after.path, after, before), null);
    });

    it(`${manager}: may be added, and not deleted`, () => {
      assert.equal(lockChangeReason(after.path, { ...before, text: null }, after), null);
      assert.notEqual(lockChangeReason(after.path, after, { ...after, text: null }), null);
    });

    it(`${manager}: may not change without its manifest`, () => {
      assert.match(
        lockChangeReason(after.path, before, { ...after, manifests: before.manifests }) ?? '',
        /no dependency that the task changed brings/,
      );
    });

    it(`${manager}: is refused when it cannot be read`, () => {
      assert.notEqual(
        lockChangeReason(after.path, before, { ...after, text: `${after.text}\n{[: oops` }),
        null,
      );
    });
  }

  it('tells the packages that it locks', () => {
    const { path, text } = project('npm', 'before');
    assert.ok(lockedNames(path, text).has('deep-eql'));
    assert.equal(lockedNames(path, '{').size, 0);
  });
});

/** Changes of a lock file, on top of those of the package manager, that make another package be installed. */
const ATTACKS: readonly [Manager, string, from: string | RegExp, to: string][] = [
  [
    'npm',
    'a link',
    '"version": "4.5.0",\n      "resolved": "https://registry.npmjs.org/chai/-/chai-4.5.0.tgz"',
    '"link": true, "resolved": "src/chai"',
  ],
  ['npm', 'the archive of another package', 'loupe/-/loupe-', 'evil/-/evil-'],
  ['npm', 'a name that only ends right', '/debug/-/', '/evil/-/debug/-/'],
  ['yarn1', 'a name that only ends right', '/debug/-/', '/evil/-/debug/-/'],
  ['npm', 'a query', /(debug-[\d.]*tgz)"/, '$1?x=/debug/-/debug-1.tgz"'],
  ['npm', 'another hash', /("node_modules\/deep-eql": [^}]*"integrity": "sha512-)..../, '$1AAAA'],
  ['npm', 'another host for the new package', 'registry.npmjs.org/debug/', 'evil.example/debug/'],
  [
    'npm',
    'git for the new package',
    /https:[^"]*debug-[\d.]*tgz/,
    'git+ssh://git@github.com/evil/debug.git#aaaa',
  ],
  ['npm', 'no hash for the new package', /("node_modules\/debug": [^}]*)"integrity": "[^"]*",/, '$1'],
  [
    'npm',
    'another name for the new package',
    '"node_modules/debug": {',
    '"node_modules/debug": { "name": "evil",',
  ],
  [
    'npm',
    'a version of its own for a runner',
    '"node_modules/debug": {',
    '"node_modules/chai/node_modules/loupe": { "version": "1.0.0", "integrity": "sha512-AA" },\n"node_modules/debug": {',
  ],
  [
    'npm',
    'a package that nothing loads',
    '"node_modules/debug": {',
    '"node_modules/evil": { "version": "1.0.0", "integrity": "sha512-AA" },\n"node_modules/debug": {',
  ],
  [
    'npm',
    'a part of an archive that is none',
    '"node_modules/debug": {',
    '"node_modules/debug": { "inBundle": true, "link": true,',
  ],
  [
    'npm',
    'the old form beside the new one',
    '"lockfileVersion": 3',
    '"lockfileVersion": 2, "dependencies": {}',
  ],
  ['pnpm', 'a link', 'version: 4.5.0', 'version: link:src/chai'],
  ['pnpm', 'another package', 'version: 4.5.0', 'version: evil@1.0.0'],
  ['pnpm', 'an archive', /(deep-eql@4.1.4:\n {4}resolution: \{)/, '$1tarball: https://evil.example/a.tgz, '],
  [
    'pnpm',
    'an archive for the new package',
    /(debug@4.4.3:\n {4}resolution: \{)/,
    '$1tarball: https://evil.example/a.tgz, ',
  ],
  [
    'pnpm',
    'a folder for the new package',
    /(debug@4.4.3:\n {4}resolution: )\{[^}]*\}/,
    '$1{directory: src/debug, type: directory}',
  ],
  ['pnpm', 'another dependency of a runner', /(chai@4.5.0:\n(?:.*\n)*? +deep-eql: )4.1.4/, '$12.1.3'],
  ['pnpm', 'an override', 'settings:', 'overrides:\n  loupe: link:src/loupe\n\nsettings:'],
  ['pnpm', 'another version of the format', "'9.0'", "'5.4'"],
  ['pnpm', 'an alias', 'settings:', 'x: &x {a: b}\ny: *x\nsettings:'],
  ['yarn1', 'the archive of another package', 'loupe/-/loupe-', 'evil/-/evil-'],
  ['yarn1', 'another host for the new package', 'registry.yarnpkg.com/debug/', 'evil.example/debug/'],
  ['yarn1', 'the entry of another package', /^debug@4:/m, 'debug@4, chai@^4.3.0:'],
  ['yarn1', 'another dependency of a runner', 'deep-eql "^4.1.3"', 'debug "4"'],
  ['yarn1', 'a folder', /resolved "[^"]*debug[^"]*"/, 'resolved "file:src/debug"'],
  [
    'yarn4',
    'a folder',
    'resolution: "chai@npm:4.5.0"',
    'resolution: "chai@portal:src/chai::locator=shop%40workspace%3A."',
  ],
  [
    'yarn4',
    'a folder for the new package',
    'resolution: "debug@npm:4.4.3"',
    'resolution: "debug@file:src/debug"',
  ],
  [
    'yarn4',
    'another package for the new one',
    'resolution: "debug@npm:4.4.3"',
    'resolution: "evil@npm:4.4.3"',
  ],
  ['yarn4', 'another hash', /(deep-eql@npm:4.1.4"[^"]*"[^"]*"\n +checksum: 10c0\/)..../, '$1aaaa'],
  ['yarn4', 'no hash for the new package', /(debug@npm:4.4.3"(?:.*\n)*?) +checksum: .*\n/, '$1'],
  [
    'yarn4',
    'a patch for the new package',
    'resolution: "debug@npm:4.4.3"',
    'resolution: "debug@patch:debug@npm%3A4.4.3#./evil.patch"',
  ],
  [
    'uv',
    'a folder',
    /(name = "pytest"\nversion = "[^"]*"\nsource = )\{[^}]*\}/,
    '$1{ directory = "src/pytest" }',
  ],
  ['uv', 'another hash', /(pluggy-[\w.-]*whl", hash = "sha256:)..../, '$1aaaa'],
  [
    'uv',
    'another registry for the new package',
    /(name = "httpcore"\nversion = "[^"]*"\nsource = )\{[^}]*\}/,
    '$1{ registry = "https://evil.example/simple" }',
  ],
  ['uv', 'the archive of another package for the new one', /[^/]*httpcore-([\d.]*)-py3/, 'evil-$1-py3'],
  ['uv', 'another host for the archive', /files\.pythonhosted\.org(\/[^"]*httpcore)/, 'evil.example$1'],
  [
    'uv',
    'an override',
    'requires-python = ">=3.10"\n',
    'requires-python = ">=3.10"\n\n[manifest]\noverrides = [{ name = "pluggy", specifier = "==0.1" }]\n',
  ],
  [
    'poetry',
    'a folder',
    /(name = "pytest"(?:.*\n)*?)\n(?=\[\[package)/,
    '$1\n[package.source]\ntype = "directory"\nurl = "src/pytest"\n\n',
  ],
  ['poetry', 'another hash', /(pluggy-[\w.-]*whl", hash = "sha256:)..../, '$1aaaa'],
  ['poetry', 'another name for the archive of the new package', /"httpcore-/, '"evil-'],
  ['pipenv', 'a folder', '"pytest": {', '"pytest": { "path": "src/pytest", "editable": true,'],
  ['pipenv', 'another version', '"version": "==8.3.4"', '"version": "==1.0"'],
  ['pipenv', 'another index', 'https://pypi.org/simple', 'https://evil.example/simple'],
  [
    'pipenv',
    'git for the new package',
    '"httpcore": {',
    '"httpcore": { "git": "https://evil.example/httpcore.git",',
  ],
  ['cargo', 'another hash', /(name = "itoa"(?:.*\n)*?checksum = ")..../, '$1aaaa'],
  [
    'cargo',
    'git',
    /(name = "itoa"\nversion = "[^"]*"\nsource = ")[^"]*/,
    '$1git+https://evil.example/itoa#aaaa',
  ],
  ['cargo', 'no source', /(name = "itoa"\nversion = "[^"]*"\n)source = .*\nchecksum = .*\n/, '$1'],
  [
    'cargo',
    'git for the new package',
    /(name = "serde_json"\nversion = "[^"]*"\nsource = ")[^"]*/,
    '$1git+https://evil.example/s#aaaa',
  ],
  ['go', 'another hash', /(testify v1.9.0 h1:)..../, '$1aaaa'],
  ['go', 'no hash', /(cobra v1.8.0) h1:\S*/, '$1'],
];

describe('a lock file that makes another package be installed', () => {
  for (const [manager, what, from, to] of ATTACKS) {
    it(`${manager}: ${what}`, () => {
      const [before, after] = [project(manager, 'before'), project(manager, 'after')];
      const text = after.text.replace(from, to);
      assert.notEqual(text, after.text, 'the fixture has what is replaced');
      assert.notEqual(lockChangeReason(after.path, before, { ...after, text }), null);
    });
  }

  it('is refused when it is of a kind that is not read', () => {
    for (const path of ['bun.lock', 'web/composer.lock', 'deno.lock', 'mix.lock']) {
      assert.notEqual(
        lockChangeReason(path, { text: 'a', manifests: new Map() }, { text: 'b', manifests: new Map() }),
        null,
      );
    }
  });
});

describe('a registry that the lock file named before', () => {
  const table: [Manager, from: RegExp, registry: string, other: string][] = [
    ['npm', /https:\/\/registry\.npmjs\.org/g, 'https://corp.example/api/npm', 'https://corp.example/files'],
    [
      'yarn1',
      /https:\/\/registry\.yarnpkg\.com/g,
      'https://corp.example/api/npm',
      'https://corp.example/files',
    ],
    ['uv', /https:\/\/(?:pypi|files\.pythonhosted)\.org/g, 'https://corp.example', 'https://evil.example'],
  ];
  for (const [manager, from, registry, other] of table) {
    it(`${manager}: may be used for new packages, and no other place of it`, () => {
      const [before, after] = [project(manager, 'before'), project(manager, 'after')];
      const moved = { ...before, text: before.text.replace(from, registry) };
      const check = (text: string) => lockChangeReason(after.path, moved, { ...after, text });
      const good = after.text.replace(from, registry);
      assert.equal(check(good), null);
      const added = good.split('\n').find((line) => line.includes(registry) && !moved.text.includes(line));
      assert.ok(added !== undefined);
      assert.notEqual(check(good.replace(added, added.replace(registry, other))), null);
    });
  }

  it('is not one that it names for anything else', () => {
    const [before, after] = [project('npm', 'before'), project('npm', 'after')];
    const text = after.text.replace('registry.npmjs.org/debug/', 'funding.example/debug/');
    const funded = before.text.replace(
      '"license"',
      '"funding": { "url": "https://funding.example/chai/" }, "license"',
    );
    assert.notEqual(funded, before.text);
    assert.notEqual(lockChangeReason(after.path, { ...before, text: funded }, { ...after, text }), null);
  });
});

describe('a second lock file', () => {
  it('may not be added beside another one of the same manifests', () => {
    const { path, text, manifests } = project('npm', 'after');
    const add = (name: string, there: readonly string[]) =>
      lockChangeReason(name, { text: null, manifests }, { text, manifests }, rivalLockFiles(name, there));
    assert.match(add('npm-shrinkwrap.json', ['src/a.js', path]) ?? '', /in place of package-lock\.json/);
    assert.equal(add('npm-shrinkwrap.json', [`web/${path}`, 'Cargo.lock']), null);
  });
});

describe('a Gemfile.lock', () => {
  const lock = (gems: string, remote = 'https://rubygems.org/') =>
    `GEM\n  remote: ${remote}\n  specs:\n    diff-lcs (1.5.1)\n    rspec-core (3.13.0)\n      rspec-support (~> 3.13.0)\n    rspec-support (3.13.1)\n${gems}\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  rspec-core\n\nBUNDLED WITH\n   2.5.11\n`;
  const gemfile = 'source "https://rubygems.org"\ngem "rspec-core"\n';
  const before = { text: lock(''), manifests: new Map([['Gemfile', gemfile]]) };
  const withRack = new Map([['Gemfile', `${gemfile}gem "rack"\n`]]);
  const after = (text: string) => lockChangeReason('Gemfile.lock', before, { text, manifests: withRack });

  it('may change with a gem that the task adds, and only for it', () => {
    assert.equal(after(lock('    rack (3.1.7)\n')), null);
    assert.notEqual(after(lock('    evil (3.1.7)\n')), null);
    assert.notEqual(after(lock('    rack (3.1.7)\n').replace('support (3.13.1)', 'support (0.1.0)')), null);
    assert.notEqual(after(lock('    rack (3.1.7)\n', 'https://evil.example/')), null);
    assert.notEqual(after(`PATH\n  remote: src\n  specs:\n    rspec-core (3.13.0)\n\n${lock('')}`), null);
  });
});

describe('a manifest of megabytes beside a changed lock file', () => {
  /** Each would take hours if the time were quadratic in its length. */
  for (const [path, manifest, text] of [
    ['Gemfile.lock', 'Gemfile', '\n'.repeat(4_000_000)],
    ['go.sum', 'go.mod', 'a.'.repeat(2_000_000)],
  ] as const) {
    it(`declares nothing: ${manifest}`, () => {
      const before = { path, text: '', manifests: new Map([[manifest, '']]) };
      const after = { path, text: '\n', manifests: new Map([[manifest, text]]) };
      assert.equal(lockChangeReason(path, before, after), null);
    });
  }
});
