// Runs the tests: see "Tests" in README.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

process.chdir(join(import.meta.dirname, '..'));
const names = process.argv.slice(2).filter((argument) => argument !== '--all');
const nothingMayWait = process.argv.includes('--all');

/** `cart` of `cart.test.ts` or `test_cart.py`; undefined for a file that is not a test. */
function nameOf(file) {
  const [, typescript, python] = /^(?:(.+)\.test\.ts|test_(.+)\.py)$/.exec(file) ?? [];
  return typescript ?? python?.replaceAll('_', '-');
}

/** The module that an acceptance test is about stands on its first line: `// About shop/cart.ts`. */
function subjectOf(path) {
  return /^(?:\/\/|#) About (\S+)/.exec(readFileSync(path, 'utf8'))?.[1];
}

const tests = ['tests', 'acceptance'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => nameOf(file) !== undefined)
    .sort()
    .map((file) => ({ name: nameOf(file), path: `${folder}/${file}` })),
);

const unknown = names.filter((name) => !tests.some((test) => test.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no test called ${unknown.join(', ')}: expected ${unknown[0]}.test.ts or test_${unknown[0].replaceAll('-', '_')}.py`,
  );
  process.exit(1);
}

const chosen = tests.filter(({ name }) => names.length === 0 || names.includes(name));
// Whoever asks for a test by its name wants it run, and be it only to see it fail.
const patient = names.length === 0 && !nothingMayWait;
const waiting = chosen.filter(({ path }) => {
  const subject = subjectOf(path);
  return patient && subject !== undefined && !existsSync(subject);
});
const paths = chosen.filter((test) => !waiting.includes(test)).map(({ path }) => path);
for (const { path } of waiting) console.log(`waits: ${path} (there is no ${subjectOf(path)} yet)`);

const python = paths.filter((path) => path.endsWith('.py'));
if (python.length > 0) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, error } = spawnSync('python3', ['-m', 'unittest', ...python], { stdio: 'inherit', env });
  if (error) console.error(`python3 did not start: ${error.message}`);
  if (status !== 0) process.exitCode = 1;
}

const typescript = paths.filter((path) => path.endsWith('.ts'));
if (typescript.length > 0) {
  // All in this process, which is quicker than one each: node:test runs whatever has been described by then.
  await import('./typescript.mjs');
  for (const path of typescript) await import(pathToFileURL(path).href);
}
