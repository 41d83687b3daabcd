/**
 * What the index of the code costs on a repository of 20,000 files: `npm run bench:index [-- FILES]`. Goals on two cores
 * that nobody else uses: 60 s for all files, 100 ms for a commit that changes ten, 500 MB of memory.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodeIndex } from '../src/codebase/code-index.js';
import { MAP_TOKENS, RepoMaps } from '../src/codebase/repo-maps.js';
import { commitSha, type CommitSha } from '../src/contract/ids.js';
import { GitStore } from '../src/git/store/git-store.js';
import { sourceFile } from './code-samples.js';

const FILES = Number(process.argv[2] ?? 20_000);
const CHANGED = 10;

const folder = mkdtempSync(join(tmpdir(), 'leadwright-bench-index-'));
try {
  const gitDir = join(folder, 'large.git');
  const cache = join(folder, 'cache');
  const [first, second, third] = await makeRepository(gitDir);
  const source = GitStore.reading(gitDir);
  const index = new CodeIndex(cache);
  print('files', String(FILES));
  print('all files, nothing known', await time(() => index.facts(source, first)));
  print('peak memory', megabytes(process.resourceUsage().maxRSS * 1024));
  print(`a commit with ${CHANGED} changed files`, await time(() => index.facts(source, second)));
  print('another one', await time(() => index.facts(source, third)));
  print('the same commit again', await time(() => index.facts(source, third)));
  print('find_symbol', await time(() => index.find(source, third, 'handleRequest')));
  const maps = new RepoMaps({ of: () => Promise.resolve([]) });
  const map = (text: string) =>
    maps.make({
      code: index.at(source, third),
      past: { gitDir, commit: third },
      ...{ text, files: [], test: '', tokens: MAP_TOKENS, show: (shown) => shown },
    });
  print('a map, the first', await time(() => map('Handle a request twice')));
  print('another one', await time(() => map('Retry requests that the server has refused as too many')));
  await index.close();

  const restarted = new CodeIndex(cache);
  print('all files, from the cache', await time(() => restarted.facts(source, third)));
  print('cache', megabytes(sizeOf(join(cache, readdirSync(cache)[0] ?? ''))));
  await restarted.close();
  source.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
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

function format(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

/** A bare repository with a first commit of all files, and two that change some of them. */
async function makeRepository(gitDir: string): Promise<readonly [CommitSha, CommitSha, CommitSha]> {
  execFileSync('git', ['init', '--quiet', '--bare', gitDir]);
  const all = Array.from({ length: FILES }, (_, number) => number);
  const some = all.filter((number) => number % Math.ceil(FILES / CHANGED) === 0);
  const child = spawn('git', ['-C', gitDir, 'fast-import', '--quiet'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  // Piece by piece: this process's memory is measured.
  await pipeline(Readable.from(fastImport([all, some, some])), child.stdin);
  await ended;
  const list = execFileSync('git', ['-C', gitDir, 'rev-list', 'main'], { encoding: 'utf8' });
  const [third, second, first] = list.trim().split('\n').map(commitSha);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no commits');
  return [first, second, third];
}

/** @param commits the numbers of the files of each commit */
function* fastImport(commits: readonly (readonly number[])[]): Generator<string> {
  for (const [index, files] of commits.entries()) {
    yield `commit refs/heads/main\nmark :${index + 1}\n`;
    yield `committer A <a@example.com> ${1_700_000_000 + index} +0000\ndata 1\n.\n`;
    if (index > 0) yield `from :${index}\n`;
    for (const number of files) {
      const { path, text } = sourceFile(number, index);
      yield `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
    }
  }
}
