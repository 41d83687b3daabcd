/** Files that belong to others: by the names that they define and use, and by what they are called. Pure. */
import { namesDefined, namesUsed, type CompiledCommit } from './commit-compiler.js';
import type { Seed } from './scores.js';

/** Scores files that define what the seeds use. */
export function usedBySeeds(commit: CompiledCommit, seeds: readonly Seed[]): Float64Array {
  return linked(commit, seeds, namesUsed, 'definitions');
}

/** Scores files that use what the seeds define. */
export function usersOfSeeds(commit: CompiledCommit, seeds: readonly Seed[]): Float64Array {
  return linked(commit, seeds, namesDefined, 'references');
}

/** A name counts less the more files have it, and the more names its seed has. */
function linked(
  { facts, fields, selection, vocabulary }: CompiledCommit,
  seeds: readonly Seed[],
  namesOf: typeof namesUsed,
  field: 'definitions' | 'references',
): Float64Array {
  const scores = new Float64Array(facts.length);
  for (const { index, share } of seeds) {
    const file = facts[index];
    const names = new Set(file === undefined ? [] : namesOf(file));
    for (const name of names) {
      const places = fields[field].places(vocabulary.find(name), selection);
      const gain = share / Math.sqrt(names.size) / places.length;
      for (const place of places) scores[place] = (scores[place] ?? 0) + gain;
    }
  }
  return scores;
}

/** Scores files by how many others use what they define. */
export function centralFiles({ facts, fields, selection, vocabulary }: CompiledCommit): Float64Array {
  const values = new Map<string, number>();
  const valueOf = (name: string): number => {
    const id = vocabulary.find(name);
    const definers = fields.definitions.places(id, selection).length;
    return fields.references.places(id, selection).length / Math.max(1, definers);
  };
  return Float64Array.from(facts, (file) => {
    let score = 0;
    for (const name of new Set(namesDefined(file))) {
      const value = values.get(name) ?? valueOf(name);
      values.set(name, value);
      score += value;
    }
    return Math.log1p(score);
  });
}

/** Marks of a test in the name of its file: `test_cart`, `cart.test`, `CartTest`. */
const TEST_MARKS = /^(?:test|spec)[_-]|[_-](?:tests?|specs?|unittest)$|(?<=[a-z\d])(?:Tests?|Spec|IT)$/g;

/** What a file is about, without marks of a test: `src/cart.ts` and `test/cart.test.ts` are about "cart". */
export function subjectOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/(?<=.)\..*$/, '');
  return name.replace(TEST_MARKS, '').toLowerCase();
}

/** Files of one subject up to which it ties them together; `index` and `mod` are in every folder. */
const MAX_NAMESAKES = 8;

/** Characters of a subject that means something. */
const MIN_SUBJECT = 3;

/** Scores files about the same subject as a seed, such as its test. */
export function namesakes({ paths }: CompiledCommit, seeds: readonly Seed[]): Float64Array {
  const shares = new Map<string, number>();
  for (const { index, share } of seeds) {
    const subject = subjectOf(paths[index] ?? '');
    if (subject.length >= MIN_SUBJECT) shares.set(subject, (shares.get(subject) ?? 0) + share);
  }
  // Most paths do not even contain a subject: that is tested faster.
  const subjects = [...shares.keys()];
  const found = new Map<string, number[]>();
  for (const [index, path] of paths.entries()) {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    if (!subjects.some((subject) => name.includes(subject))) continue;
    const subject = subjectOf(path);
    if (shares.has(subject)) found.set(subject, [...(found.get(subject) ?? []), index]);
  }
  const scores = new Float64Array(paths.length);
  for (const [subject, indexes] of found) {
    if (indexes.length > MAX_NAMESAKES) continue;
    for (const index of indexes) scores[index] = shares.get(subject) ?? 0;
  }
  return scores;
}

/** Scores files in the folders of seeds: less in large folders, whose files have less in common. */
export function neighbours({ paths }: CompiledCommit, seeds: readonly Seed[]): Float64Array {
  const shares = new Map<string, number>();
  for (const { index, share } of seeds) {
    const folder = folderOf(paths[index] ?? '');
    shares.set(folder, (shares.get(folder) ?? 0) + share);
  }
  const found = new Map<string, number[]>();
  for (const [index, path] of paths.entries()) {
    const folder = folderOf(path);
    if (!shares.has(folder)) continue;
    const known = found.get(folder);
    if (known === undefined) found.set(folder, [index]);
    else known.push(index);
  }
  const scores = new Float64Array(paths.length);
  for (const [folder, indexes] of found) {
    const score = (shares.get(folder) ?? 0) / Math.sqrt(indexes.length);
    for (const index of indexes) scores[index] = score;
  }
  return scores;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
