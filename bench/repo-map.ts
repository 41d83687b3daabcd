/**
 * `npm run bench:map REPO…`: how many of the files that real commits changed a repo map lists. A commit's message is the
 * task, and the map is that of its parent, with the history of its ancestors. Beside it, BM25 over paths and the words of
 * identifiers, which lists as many files as the map.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ChangeLogs } from '../src/codebase/change-logs.js';
import { CodeIndex, type CommitSource } from '../src/codebase/code-index.js';
import { CommitCompiler, type CompiledCommit } from '../src/codebase/commit-compiler.js';
import { queryTerms } from '../src/codebase/query-terms.js';
import { mapOf } from '../src/codebase/repo-maps.js';
import { GitStore } from '../src/git/store/git-store.js';
import { withBorrowedFolder } from '../src/git/user/borrowed-folder.js';
import { inspectRepository } from '../src/git/user/user-repository.js';
import { messageOf } from '../src/contract/errors.js';
import { count } from './count.js';
import { say } from './main.js';
import { readCases, type MapCase } from './map-cases.js';
import { meanOf, type Mean } from './mean.js';

interface Options {
  readonly commits: number;
  readonly tokens: readonly number[];
  readonly json?: boolean;
}

/** How one way to list files did in one case. */
interface Quality {
  /** The share of the changed files that it listed. */
  readonly recall: number;
  /** One divided by the place of the first changed file; 0 when none is listed. */
  readonly reciprocalRank: number;
}

/** One case with one budget. */
interface Outcome {
  readonly repository: string;
  readonly tokens: number;
  readonly listed: number;
  readonly milliseconds: number;
  readonly map: Quality;
  readonly bm25: Quality;
}

interface Row {
  readonly repository: string;
  readonly tokens: number;
  readonly commits: number;
  readonly listed: number;
  readonly milliseconds: number;
  readonly recall: { readonly map: Mean; readonly bm25: Mean };
  readonly reciprocalRank: { readonly map: Mean; readonly bm25: Mean };
}

async function measureRepository(folder: string, options: Options, cache: string): Promise<Outcome[]> {
  const { root, gitDir, head } = await inspectRepository(folder);
  return withBorrowedFolder(gitDir, { head }, async (borrowed) => {
    const source = GitStore.reading(borrowed);
    const index = new CodeIndex(join(cache, 'code-index'));
    const tools = {
      source,
      index,
      logs: new ChangeLogs(join(cache, 'logs')),
      compiler: new CommitCompiler(),
    };
    try {
      const cases = await readCases(borrowed, head, options.commits);
      const outcomes: Outcome[] = [];
      for (const each of cases) outcomes.push(...(await measureCase(root, each, options.tokens, tools)));
      say(`${root}: ${cases.length} commits`);
      return outcomes;
    } finally {
      await index.close();
      source.close();
    }
  });
}

interface Tools {
  readonly source: CommitSource;
  readonly index: CodeIndex;
  readonly logs: ChangeLogs;
  readonly compiler: CommitCompiler;
}

async function measureCase(
  repository: string,
  { parent, message, changed }: MapCase,
  budgets: readonly number[],
  { source, index, logs, compiler }: Tools,
): Promise<Outcome[]> {
  const facts = await index.facts(source, parent);
  const history = await logs.of(source.gitDir, parent);
  const compiled = await compiler.compile(facts, history);
  const plain = listByBm25(compiled, message);
  return budgets.map((tokens) => {
    const started = performance.now();
    const task = { text: message, files: [], test: '', tokens, show: (text: string) => text };
    const map = mapOf(compiled, task);
    const milliseconds = performance.now() - started;
    const paths = map.files.map(({ path }) => path);
    return {
      ...{ repository, tokens, listed: paths.length, milliseconds },
      map: qualityOf(paths, changed),
      bm25: qualityOf(plain.slice(0, paths.length), changed),
    };
  });
}

/** BM25 with its usual parameters, over the words of a file's path and of its text. */
function listByBm25({ paths, fields, selection, vocabulary }: CompiledCommit, message: string): string[] {
  const terms = queryTerms(message, vocabulary).map(({ id }) => ({ id, weight: 1 }));
  const byPath = fields.path.score(terms, selection, 0.75);
  const byWord = fields.words.score(terms, selection, 0.75);
  return paths
    .map((path, at) => ({ path, score: (byPath[at] ?? 0) + (byWord[at] ?? 0) }))
    .sort((a, b) => b.score - a.score)
    .map(({ path }) => path);
}

function qualityOf(listed: readonly string[], changed: readonly string[]): Quality {
  const wanted = new Set(changed);
  const first = listed.findIndex((path) => wanted.has(path));
  const found = listed.filter((path) => wanted.has(path)).length;
  return { recall: found / wanted.size, reciprocalRank: first < 0 ? 0 : 1 / (first + 1) };
}

function rowOf(repository: string, tokens: number, outcomes: readonly Outcome[]): Row {
  const mean = (value: (outcome: Outcome) => number) => meanOf(outcomes.map(value));
  return {
    ...{ repository, tokens, commits: outcomes.length },
    listed: mean(({ listed }) => listed).mean,
    milliseconds: mean(({ milliseconds }) => milliseconds).mean,
    recall: { map: mean(({ map }) => map.recall), bm25: mean((outcome) => outcome.bm25.recall) },
    reciprocalRank: {
      map: mean(({ map }) => map.reciprocalRank),
      bm25: mean((outcome) => outcome.bm25.reciprocalRank),
    },
  };
}

function tableOf(rows: readonly Row[]): string {
  const figure = ({ mean, low, high }: Mean) =>
    `${mean.toFixed(3)} (${low.toFixed(2)}–${high.toFixed(2)})`.padEnd(20);
  const heads = ['recall: map', 'BM25', 'rank: map', 'BM25'].map((head) => head.padEnd(20));
  const width = Math.max(...rows.map(({ repository }) => repository.length)) + 2;
  return [
    `${'repository'.padEnd(width)}tokens  commits  files     ms  ${heads.join('')}`,
    ...rows.map(({ repository, tokens, commits, listed, milliseconds, recall, reciprocalRank }) =>
      [
        repository.padEnd(width),
        `${String(tokens).padStart(6)}  ${String(commits).padStart(7)}  `,
        `${listed.toFixed(0).padStart(5)}  ${milliseconds.toFixed(0).padStart(5)}  `,
        ...[recall.map, recall.bm25, reciprocalRank.map, reciprocalRank.bm25].map(figure),
      ].join(''),
    ),
    '',
    'In brackets, 95 % intervals. recall: share of the changed files that are listed; rank: mean reciprocal rank.',
  ].join('\n');
}

function tokenList(text: string): number[] {
  const list = text.split(',').map(Number);
  if (list.every((tokens) => Number.isInteger(tokens) && tokens > 0)) return list;
  throw new InvalidArgumentError('Expected whole numbers above 0, with commas between them.');
}

async function measure(repositories: readonly string[], options: Options): Promise<void> {
  const cache = await mkdtemp(join(tmpdir(), 'leadwright-bench-map-'));
  try {
    const outcomes: Outcome[] = [];
    for (const folder of repositories)
      outcomes.push(...(await measureRepository(resolve(folder), options, cache)));
    const names = [...new Set(outcomes.map(({ repository }) => repository))];
    const rows = options.tokens.flatMap((tokens) => {
      const these = outcomes.filter((outcome) => outcome.tokens === tokens);
      const each = names.map((name) =>
        rowOf(
          name,
          tokens,
          these.filter(({ repository }) => repository === name),
        ),
      );
      return names.length > 1 ? [...each, rowOf('all', tokens, these)] : each;
    });
    process.stdout.write(`${options.json === true ? JSON.stringify(rows, null, 2) : tableOf(rows)}\n`);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

await new Command('bench:map')
  .description('Measures how many of the files that commits changed a repo map lists.')
  .argument('<repo...>', 'git repositories with their history')
  .option('--commits <n>', 'commits of each repository, the newest ordinary ones', count, 40)
  .option('--tokens <list>', 'budgets of the map', tokenList, [1_000, 4_000])
  .option('--json', 'print JSON')
  .action((repositories: string[], options: Options) =>
    measure(repositories, options).catch((error: unknown) => {
      say(messageOf(error));
      process.exitCode = 1;
    }),
  )
  .parseAsync();
