#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));
if (existsSync(main)) await import(main);
else {
  const message = 'Leadwright is not set up yet';
  const fix = 'In its folder, run: npm start -- --help';
  const error = { code: 'environment', message, problems: [], fix };
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error })}\n`);
  else process.stderr.write(`${message}. ${fix}\n`);
  process.exitCode = 3;
}
