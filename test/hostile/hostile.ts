/**
 * `npm run test:hostile`: runs all attacks and prints how many were made and how many succeeded. The exit code is 1 when
 * one succeeded, and when a test of ordinary behaviour or a hook failed. Arguments name files to run instead of all.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { attemptsOf, resetAttempts } from '../support/attempts.js';

/** As in .mocharc.json, whose other settings concern how files are loaded. */
const TIMEOUT_MS = 30_000;

const folder = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .sort()
  .map((name) => `${folder}${name}`);
const named = process.argv.slice(2);

const mocha = new Mocha({ timeout: TIMEOUT_MS, color: false, reporter: 'spec' });
for (const file of named.length > 0 ? named.map((path) => resolve(path)) : all) {
  // Mocha itself would load the file with `require`, and thus a second copy of the module that counts.
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, file, mocha);
  await import(file);
}

let made = 0;
const succeeded: string[] = [];
const skipped: string[] = [];
const failures = await new Promise<number>((done) => {
  const runner = mocha.run(done);
  runner.on('test', resetAttempts);
  runner.on('pending', (test) => skipped.push(test.fullTitle()));
  runner.on('test end', (test) => {
    if (test.isPending()) return;
    const counted = attemptsOf(test);
    made += counted.made;
    succeeded.push(...counted.succeeded);
  });
});

const list = (title: string, names: readonly string[]): string =>
  names.length === 0 ? '' : `${title}\n${names.map((name) => `  ${name}\n`).join('')}\n`;
process.stdout.write(list('Skipped, because something is missing on this machine:', skipped));
process.stdout.write(list('Attacks that succeeded:', succeeded));
process.stdout.write(`${made} attempts, ${succeeded.length} successes\n`);
// Not by itself: a connection that a failed test left open would keep the process alive.
process.exit(failures === 0 && succeeded.length === 0 ? 0 : 1);
