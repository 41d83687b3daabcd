// Runs the tests: see "Tests" in README.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Runs one command to its end; true when it was content. */
function run(command, args) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env });
  if (error) console.error(`${command} did not start: ${error.message}`);
  return status === 0;
}

const typescript = paths.filter((path) => path.endsWith('.ts'));
const python = paths.filter((path) => path.endsWith('.py'));
const verdicts = [
  typescript.length === 0 ||
    run(process.execPath, [
      '--import',
      './tools/typescript.mjs',
      '--test',
      '--test-reporter=spec',
      ...typescript,
    ]),
  python.length === 0 || run('python3', ['-m', 'unittest', ...python]),
];
process.exitCode = verdicts.every(Boolean) ? 0 : 1;
