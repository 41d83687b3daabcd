#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Node 22 or newer keeps the compiled code: without, a worker takes a third longer to load. Where it cannot write, it compiles
// each time.
module.enableCompileCache?.(fileURLToPath(new URL('../dist/compile-cache', import.meta.url)));

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
