/** Ranks the files of a commit by how likely a task changes them. Pure. */
import type { CompiledCommit } from './commit-compiler.js';
import { centralFiles, namesakes, neighbours, usedBySeeds, usersOfSeeds } from './file-links.js';
import { namedFiles } from './named-files.js';
import { queryTerms } from './query-terms.js';
import { normalized, seedsOf } from './scores.js';

/** What the files are ranked for. */
export interface RankedTask {
  /** Title and description; without words the most central files come first. */
  readonly text: string;
  /** Paths that the task asks for. */
  readonly files: readonly string[];
  /** Its test command, which may name files. */
  readonly test: string;
}

export interface RankedFile {
  readonly path: string;
  readonly score: number;
}

/** What speaks for a file, each from 0 to 1. */
const FEATURES = [
  // The task's words are in its path (without words: others use it), in the names that it defines, in its text.
  'path',
  'symbols',
  'words',
  // The task's words are in messages of commits that changed it; the commits with the most similar messages changed it.
  'messages',
  'similar',
  // It was changed lately, and often.
  'recent',
  'often',
  // The task names it.
  'named',
  // It changed together with a seed; a seed uses it; it uses a seed; it is about a seed's subject; it is in its folder.
  'together',
  'used',
  'using',
  'namesake',
  'nearby',
] as const;
export type Feature = (typeof FEATURES)[number];

export type Weights = Readonly<Record<Feature, number>>;
export type Scores = Readonly<Record<Feature, Float64Array>>;

/** Found with `npm run bench:map` on commits of public repositories. */
const WEIGHTS: Weights = {
  path: 0.6,
  symbols: 0.25,
  words: 1.2,
  messages: 0.75,
  similar: 0.35,
  recent: 0.25,
  often: 0.1,
  named: 0.25,
  together: 0.6,
  used: 0.12,
  using: 0.04,
  namesake: 0.1,
  nearby: 0.2,
};

/** The files that links start from: the best ones by the other features. */
const SEEDS = 12;

/** How much the length of a text lessens its matches: long files have more words by chance. */
const LENGTH_MATTERS = { path: 0.3, symbols: 0.6, words: 0.6 } as const;

/** More than all features together. */
const ASKED = 100;

/**
 * Ranks files, the most likely first.
 * @param limit of the number of files
 */
export function rankFiles(
  commit: CompiledCommit,
  task: RankedTask,
  limit = Number.POSITIVE_INFINITY,
  weights: Weights = WEIGHTS,
): RankedFile[] {
  const { paths, indexOf } = commit;
  const scores = combine(scoreFiles(commit, task, weights), weights);
  for (const path of task.files) {
    const index = indexOf.get(path);
    if (index !== undefined) scores[index] = (scores[index] ?? 0) + ASKED;
  }
  // To sort only those that are wanted takes a fraction of the time.
  const lowest = limit < scores.length ? scores.toSorted()[scores.length - limit] : undefined;
  return paths
    .flatMap((path, index) => {
      const score = scores[index] ?? 0;
      return lowest !== undefined && score < lowest ? [] : [{ path, score }];
    })
    .sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
    .slice(0, limit);
}

/** Scores all files by each feature. */
function scoreFiles(commit: CompiledCommit, task: RankedTask, weights: Weights): Scores {
  const { paths, indexOf, fields, selection, history } = commit;
  const terms = queryTerms(task.text, commit.vocabulary).map(({ id, weight }) => ({
    id,
    weight: weight * history.weightOf(id),
  }));
  const match = (field: keyof typeof LENGTH_MATTERS) =>
    normalized(fields[field].score(terms, selection, LENGTH_MATTERS[field]));
  const none = new Float64Array(paths.length);
  const unlinked = {
    path: match('path'),
    symbols: match('symbols'),
    words: match('words'),
    ...history.scores(terms, indexOf),
    named: namedFiles(paths, `${task.text}\n\n${task.test}`),
    ...{ together: none, used: none, using: none, namesake: none, nearby: none },
  };
  // Without words, the files that most others use.
  if (terms.length === 0) return { ...unlinked, path: normalized(centralFiles(commit)) };
  const seeds = seedsOf(combine(unlinked, weights), SEEDS);
  return {
    ...unlinked,
    together: normalized(history.together(seeds, paths, indexOf)),
    used: normalized(usedBySeeds(commit, seeds)),
    using: normalized(usersOfSeeds(commit, seeds)),
    namesake: normalized(namesakes(commit, seeds)),
    nearby: normalized(neighbours(commit, seeds)),
  };
}

/** The weighted sum of all features. */
export function combine(scores: Scores, weights: Weights): Float64Array {
  const total = new Float64Array(scores.path.length);
  for (const feature of FEATURES) {
    const values = scores[feature];
    const weight = weights[feature];
    for (let at = 0; at < total.length; at++) total[at] = (total[at] ?? 0) + weight * (values[at] ?? 0);
  }
  return total;
}
