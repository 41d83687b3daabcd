/**
 * What the index of the code costs on a repository of 20,000 files: `npm run bench:index [-- FILES]`. Goals on two cores
 * that nobody else uses: 60 s for all files, 100 ms for a commit that changes ten, 500 MB of memory.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeIndex } from '../src/codebase/code-index.js';
import { commitSha, type CommitSha } from '../src/contract/ids.js';
import { GitStore } from '../src/git/store/git-store.js';
import { sourceFile } from './code-samples.js';

const FILES = Number(process.argv[2] ?? 20_000);
const CHANGED = 10;

const folder = mkdtempSync(join(tmpdir(), 'leadwright-bench-index-'));
try {
  const gitDir = join(folder, 'large.git');
  const cache = join(folder, 'cache');
  const [first, second, third] = makeRepository(gitDir);
  const bytes = Number(
    git(gitDir, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectsize)')
      .split('\n')
      .reduce((sum, line) => sum + (line.startsWith('blob ') ? Number(line.slice(5)) : 0), 0),
  );
  print('files', `${FILES}, ${megabytes(bytes)} of source`);

  const source = GitStore.reading(gitDir);
  const index = new CodeIndex(cache);
  print('all files, nothing known', await time(() => index.facts(source, first)));
  print('peak memory', megabytes(process.resourceUsage().maxRSS * 1024));
  print(`a commit with ${CHANGED} changed files`, await time(() => index.facts(source, second)));
  print('another one', await time(() => index.facts(source, third)));
  print('the same commit again', await time(() => index.facts(source, third)));
  print('find_symbol', await time(() => index.find(source, third, 'handleRequest')));
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

async function time(work: () => Promise<unknown>): Promise<string> {
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  return ms < 10_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

/** A bare repository with a first commit of all files, and two that change some of them. */
function makeRepository(gitDir: string): readonly [CommitSha, CommitSha, CommitSha] {
  execFileSync('git', ['init', '--quiet', '--bare', gitDir]);
  const commit = (mark: number, files: readonly number[]): string =>
    [
      `commit refs/heads/main\nmark :${mark}\ncommitter A <a@example.com> ${1_700_000_000 + mark} +0000\ndata 1\n.\n`,
      ...(mark === 1 ? [] : [`from :${mark - 1}\n`]),
      ...files.map((number) => {
        const { path, text } = sourceFile(number, mark);
        return `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
      }),
    ].join('');
  const all = Array.from({ length: FILES }, (_, number) => number);
  const some = all.filter((number) => number % Math.ceil(FILES / CHANGED) === 0);
  execFileSync('git', ['-C', gitDir, 'fast-import', '--quiet'], {
    input: [commit(1, all), commit(2, some), commit(3, some)].join('\n'),
    maxBuffer: Infinity,
  });
  const [third, second, first] = git(gitDir, 'rev-list', 'main').trim().split('\n').map(commitSha);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no commits');
  return [first, second, third];
}

function git(gitDir: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', gitDir, ...args], { encoding: 'utf8', maxBuffer: 1e9 });
}
