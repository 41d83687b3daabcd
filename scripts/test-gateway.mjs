#!/usr/bin/env node
/**
 * `npm run test:gateway`: a run through a real LiteLLM gateway. Uses the program that LITELLM names; otherwise installs
 * LiteLLM from PyPI, once, into a virtual environment below `node_modules`. It needs Python 3.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version that docs/models.md names. */
const LITELLM = 'litellm[proxy]==1.108.7';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const venv = join(root, 'node_modules', '.leadwright', 'litellm');

function run(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env });
  if (status === 0) return;
  process.stderr.write(`${program} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}\n`);
  process.exit(1);
}

function installed() {
  const program = join(venv, 'bin', 'litellm');
  if (existsSync(program)) return program;
  process.stderr.write(`installing ${LITELLM} into ${venv} …\n`);
  run('python3', ['-m', 'venv', venv]);
  run(join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', LITELLM]);
  return program;
}

const program = process.env.LITELLM ?? installed();
run(process.execPath, [join(root, 'node_modules/mocha/bin/mocha.js'), 'test/gateway/*.test.ts'], {
  ...process.env,
  LITELLM: program,
});
