#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));
if (!existsSync(main)) {
  process.stderr.write('Leadwright is not set up yet. In its folder, run: npm start -- --help\n');
  process.exit(3);
}
await import(main);
