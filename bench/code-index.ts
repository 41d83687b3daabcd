/**
 * What the index of the code costs on a repository of 20,000 files with 2,000 commits: `npm run bench:index [-- FILES]`.
 * Goals on two cores that nobody else uses: 60 s for all files, 100 ms for a commit that changes ten, 300 ms for a map in a
 * process that has made one, 500 MB of memory for all of it. At the end, `leadwright map` and `symbol` as a person runs them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ChangeLogs } from '../src/codebase/change-logs.js';
import { CodeIndex } from '../src/codebase/code-index.js';
import { MAP_TOKENS, RepoMaps } from '../src/codebase/repo-maps.js';
import { commitSha, type CommitSha } from '../src/contract/ids.js';
import { GitStore } from '../src/git/store/git-store.js';
import { homePaths } from '../src/shared/config.js';
import { packageRoot } from '../src/shared/files/package-root.js';
import { sourceFile } from './code-samples.js';
import { runCommand } from './command.js';

const FILES = Number(process.argv[2] ?? 20_000);
const CHANGED = 10;
/** As many as a map looks at. */
const PAST = 2_000;
const CHANGED_IN_PAST = 3;

const folder = mkdtempSync(join(tmpdir(), 'leadwright-bench-index-'));
try {
  const root = join(folder, 'large');
  const gitDir = join(root, '.git');
  const home = join(folder, 'home');
  const { codeIndex, changeLogs } = homePaths(home);
  const [first, second, third] = await makeRepository(root);
  const source = GitStore.reading(gitDir);
  const index = new CodeIndex(codeIndex);
  print('files', String(FILES));
  print('memory before', peakMemory());
  print('all files, nothing known', await time(() => index.facts(source, first)));
  print('peak memory', peakMemory());
  print(`a commit with ${CHANGED} changed files`, await time(() => index.facts(source, second)));
  print('another one', await time(() => index.facts(source, third)));
  print('the same commit again', await time(() => index.facts(source, third)));
  print('find_symbol', await time(() => index.find(source, third, 'handleRequest')));
  const maps = new RepoMaps(new ChangeLogs(changeLogs));
  const map = (text: string, commit = third) =>
    maps.make({
      code: index.at(source, commit),
      past: { gitDir, commit: first },
      ...{ text, files: [], test: '', tokens: MAP_TOKENS, show: (shown) => shown },
    });
  print('a map, the first', await time(() => map('Handle a request twice')));
  print('another one', await time(() => map('Retry requests that the server has refused as too many')));
  print('one of another commit', await time(() => map('Cache the routes of a client', second)));
  print('one without words', await time(() => map('')));
  print('peak memory, maps included', peakMemory());
  await index.close();

  const restarted = new CodeIndex(codeIndex);
  print('all files, from the cache', await time(() => restarted.facts(source, third)));
  print('cache', megabytes(sizeOf(join(codeIndex, readdirSync(codeIndex)[0] ?? ''))));
  await restarted.close();
  source.close();

  const env = { PATH: process.env['PATH'], HOME: folder, LEADWRIGHT_HOME: home };
  const leadwright = (...args: string[]) =>
    runCommand([process.execPath, join(packageRoot, 'bin', 'leadwright.js'), ...args], { env, cwd: root });
  print('leadwright map', await elapsed(() => leadwright('map', '--text', 'Handle a request twice')));
  print('leadwright symbol', await elapsed(() => leadwright('symbol', 'handleRequest')));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function peakMemory(): string {
  return megabytes(process.resourceUsage().maxRSS * 1024);
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(34)}${value}\n`);
}

/** The time that a piece of work takes, and the processor's time of all threads of this process. */
async function time(work: () => Promise<unknown>): Promise<string> {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return `${format(performance.now() - start)} (processor ${format((user + system) / 1_000)})`;
}

/** The time that a command takes, whose processor time is not this process's. */
async function elapsed(work: () => Promise<unknown>): Promise<string> {
  const start = performance.now();
  await work();
  return format(performance.now() - start);
}

function format(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

/**
 * A repository with a commit of all files, a past that changes some of them each time, and two commits after it.
 * @returns the last commit of the past, and those after it
 */
async function makeRepository(root: string): Promise<readonly [CommitSha, CommitSha, CommitSha]> {
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', root]);
  const all = Array.from({ length: FILES }, (_, number) => number);
  const past = Array.from({ length: PAST }, (_, commit) =>
    Array.from({ length: CHANGED_IN_PAST }, (__, at) => (commit * 7_919 + at * at) % FILES),
  );
  const some = all.filter((number) => number % Math.ceil(FILES / CHANGED) === 0);
  const child = spawn('git', ['-C', root, 'fast-import', '--quiet'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  // Piece by piece: this process's memory is measured.
  await pipeline(Readable.from(fastImport([all, ...past, some, some])), child.stdin);
  await ended;
  execFileSync('git', ['-C', root, 'reset', '--quiet', '--hard', 'main']);
  const list = execFileSync('git', ['-C', root, 'rev-list', '-3', 'main'], { encoding: 'utf8' });
  const [third, second, first] = list.trim().split('\n').map(commitSha);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no commits');
  return [first, second, third];
}

/** @param commits the numbers of the files of each commit */
function* fastImport(commits: readonly (readonly number[])[]): Generator<string> {
  for (const [index, files] of commits.entries()) {
    const message = `Change ${sourceFile(files[0] ?? 0, 0).path.replace(/\W/g, ' ')} and what uses it (#${index})`;
    yield `commit refs/heads/main\nmark :${index + 1}\n`;
    yield `committer A <a@example.com> ${1_700_000_000 + index} +0000\ndata ${message.length}\n${message}\n`;
    if (index > 0) yield `from :${index}\n`;
    for (const number of files) {
      const { path, text } = sourceFile(number, index);
      yield `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
    }
  }
}
