#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { loadProgram } from './load-bundle.js';

if (existsSync(new URL('../dist/bundle/main.cjs', import.meta.url))) await loadProgram('main').ended;
else {
  const message = 'Leadwright is not set up yet';
  const fix = 'In its folder, run: npm start -- --help';
  const error = { code: 'environment', message, problems: [], fix };
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error })}\n`);
  else process.stderr.write(`${message}. ${fix}\n`);
  process.exitCode = 3;
}
