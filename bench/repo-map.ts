/**
 * `npm run bench:map REPO…`: how many of the files that real commits changed a repo map lists. A commit's message is the
 * task, and the map is that of its parent, with the history of its ancestors. Beside it, BM25 over paths and the words of
 * identifiers, and over paths and all words of the text, which list as many files as the map.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ChangeLogs } from '../src/codebase/change-logs.js';
import { CodeIndex, type CommitSource } from '../src/codebase/code-index.js';
import { CommitCompiler, type CompiledCommit } from '../src/codebase/commit-compiler.js';
import { Postings, type Selection } from '../src/codebase/postings.js';
import { queryTerms } from '../src/codebase/query-terms.js';
import { mapOf } from '../src/codebase/repo-maps.js';
import { addCount } from '../src/codebase/term-counts.js';
import { splitName } from '../src/codebase/words.js';
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
  readonly quality: Readonly<Record<Way, Quality>>;
}

/** The ways to list files that are compared, with their names in the report. */
const WAYS = { map: 'map', bm25: 'BM25 names', bm25Words: 'BM25 words' } as const;
type Way = keyof typeof WAYS;

interface Row {
  readonly repository: string;
  readonly tokens: number;
  readonly commits: number;
  readonly listed: number;
  readonly milliseconds: number;
  readonly recall: Readonly<Record<Way, Mean>>;
  readonly reciprocalRank: Readonly<Record<Way, Mean>>;
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
  const byNames = listByBm25(compiled, message, postingsOfNames(compiled));
  const byWords = listByBm25(compiled, message, { postings: compiled.fields.words, ...compiled });
  return budgets.map((tokens) => {
    const started = performance.now();
    const task = { text: message, files: [], test: '', tokens, show: (text: string) => text };
    const map = mapOf(compiled, task);
    const milliseconds = performance.now() - started;
    const paths = map.files.map(({ path }) => path);
    return {
      ...{ repository, tokens, listed: paths.length, milliseconds },
      quality: {
        map: qualityOf(paths, changed),
        bm25: qualityOf(byNames.slice(0, paths.length), changed),
        bm25Words: qualityOf(byWords.slice(0, paths.length), changed),
      },
    };
  });
}

/** A field of the files beside their paths. */
interface Field {
  readonly postings: Postings;
  readonly selection: Selection;
}

/** The words of the names that a file's code defines and uses; all words of a file without a grammar. */
function postingsOfNames({ facts, vocabulary }: CompiledCommit): Field {
  const postings = new Postings();
  for (const [document, { language, symbols, references, words }] of facts.entries()) {
    const counts = new Map<number, number>();
    const add = (name: string, count = 0) => {
      for (const word of splitName(name)) addCount(counts, vocabulary.stemIdOf(word), count);
    };
    for (const { name } of symbols) add(name, 1);
    const { texts, counts: times } = language === null ? words : references;
    for (const [at, text] of texts.entries()) add(text, times[at]);
    postings.add(document, counts);
  }
  const documents = Int32Array.from(facts.keys());
  return { postings, selection: { documents, placeOf: documents } };
}

/** BM25 with its usual parameters, over the words of a file's path and of a field. */
function listByBm25(
  { paths, fields, selection, vocabulary }: CompiledCommit,
  message: string,
  field: Field,
): string[] {
  const terms = queryTerms(message, vocabulary).map(({ id }) => ({ id, weight: 1 }));
  const byPath = fields.path.score(terms, selection, 0.75);
  const byField = field.postings.score(terms, field.selection, 0.75);
  return paths
    .map((path, at) => ({ path, score: (byPath[at] ?? 0) + (byField[at] ?? 0) }))
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
  const means = (figure: keyof Quality) => ({
    map: mean(({ quality }) => quality.map[figure]),
    bm25: mean(({ quality }) => quality.bm25[figure]),
    bm25Words: mean(({ quality }) => quality.bm25Words[figure]),
  });
  return {
    ...{ repository, tokens, commits: outcomes.length },
    listed: mean(({ listed }) => listed).mean,
    milliseconds: mean(({ milliseconds }) => milliseconds).mean,
    recall: means('recall'),
    reciprocalRank: means('reciprocalRank'),
  };
}

function tableOf(rows: readonly Row[]): string {
  const figure = ({ mean, low, high }: Mean) =>
    `${mean.toFixed(3)} (${low.toFixed(2)}–${high.toFixed(2)})`.padEnd(20);
  const ways = Object.values(WAYS);
  const heads = [...ways.map((way) => `recall: ${way}`), ...ways.map((way) => `rank: ${way}`)].map((head) =>
    head.padEnd(20),
  );
  const width = Math.max(...rows.map(({ repository }) => repository.length)) + 2;
  return [
    `${'repository'.padEnd(width)}tokens  commits  files     ms  ${heads.join('')}`,
    ...rows.map(({ repository, tokens, commits, listed, milliseconds, recall, reciprocalRank }) =>
      [
        repository.padEnd(width),
        `${String(tokens).padStart(6)}  ${String(commits).padStart(7)}  `,
        `${listed.toFixed(0).padStart(5)}  ${milliseconds.toFixed(0).padStart(5)}  `,
        ...[recall, reciprocalRank].flatMap(({ map, bm25, bm25Words }) => [map, bm25, bm25Words].map(figure)),
      ].join(''),
    ),
    '',
    'In brackets, 95 % intervals. recall: share of the changed files that are listed; rank: mean reciprocal rank.',
    'BM25 names: over paths and the words of identifiers; BM25 words: over paths and all words, comments included.',
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
