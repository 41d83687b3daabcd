/** Makes the files of commits searchable, and keeps what commits share. */
import type { PastCommit } from '../git/user/change-log.js';
import { CompiledHistory } from './compiled-history.js';
import { NO_FACTS, type FileFacts } from './file-facts.js';
import { MAX_DOCUMENTS, Postings, type Selection } from './postings.js';
import { addCount } from './term-counts.js';
import { compoundsOf, Vocabulary } from './terms.js';
import { TimeSlices } from './time-slices.js';
import { splitName } from './words.js';

/** A commit's files, ready to be ranked. */
export interface CompiledCommit {
  readonly paths: readonly string[];
  readonly facts: readonly FileFacts[];
  /** The place of each path. */
  readonly indexOf: ReadonlyMap<string, number>;
  readonly selection: Selection;
  readonly fields: Fields;
  readonly vocabulary: Vocabulary;
  readonly history: CompiledHistory;
}

/** What can be looked for in a file: stems of words, and names as they are. */
export interface Fields {
  readonly path: Postings;
  readonly symbols: Postings;
  readonly words: Postings;
  readonly definitions: Postings;
  readonly references: Postings;
}

/**
 * Terms and names after which files count by their paths only, about 200 MB, and all is compiled anew for other commits. A
 * repository of 20,000 files has 300,000.
 */
const MAX_VOCABULARY = 2_000_000;

/** Versions of files after which all is compiled anew. */
const MAX_VERSIONS = Math.min(200_000, MAX_DOCUMENTS);

/** All that is known since the last time that everything was forgotten. */
class Generation {
  readonly vocabulary = new Vocabulary();
  readonly fields: Fields = {
    path: new Postings(),
    symbols: new Postings(),
    words: new Postings(),
    definitions: new Postings(),
    references: new Postings(),
  };
  /** The document of each version of a file, by its facts and its path. */
  readonly documents = new WeakMap<FileFacts, Map<string, number>>();
  readonly histories = new WeakMap<readonly PastCommit[], CompiledHistory>();
  count = 0;

  /** @param pathOnly for a file that is not known yet */
  documentOf(path: string, facts: FileFacts, pathOnly: boolean): number {
    const versions = this.documents.get(facts) ?? new Map<string, number>();
    const known = versions.get(path);
    if (known !== undefined) return known;
    const document = this.count++;
    addFile(this, document, path, pathOnly ? NO_FACTS : facts);
    this.documents.set(facts, versions.set(path, document));
    return document;
  }

  /** Whether to forget everything would not help: most of it is this commit's. */
  knowsMost(facts: ReadonlyMap<string, FileFacts>): boolean {
    let known = 0;
    for (const [path, file] of facts) if (this.documents.get(file)?.has(path) === true) known++;
    return known > facts.size / 2;
  }

  historyOf(log: readonly PastCommit[]): CompiledHistory {
    const known = this.histories.get(log) ?? new CompiledHistory(log, this.vocabulary);
    this.histories.set(log, known);
    return known;
  }
}

export class CommitCompiler {
  #generation = new Generation();

  constructor(private readonly limits = { terms: MAX_VOCABULARY, versions: MAX_VERSIONS }) {}

  /** Compiles a commit. Only files that no earlier commit had take time; others of this thread's work goes on meanwhile. */
  async compile(
    facts: ReadonlyMap<string, FileFacts>,
    log: readonly PastCommit[],
    signal?: AbortSignal,
  ): Promise<CompiledCommit> {
    if (this.#isFull(this.#generation) && !this.#generation.knowsMost(facts))
      this.#generation = new Generation();
    // Another commit that is compiled meanwhile may begin a new one.
    const generation = this.#generation;
    const documents = new Int32Array(facts.size);
    const slices = new TimeSlices();
    let place = 0;
    for (const [path, known] of facts) {
      documents[place++] = generation.documentOf(path, known, this.#isFull(generation));
      await slices.pause(signal);
    }
    const placeOf = new Int32Array(generation.count).fill(-1);
    for (const [index, document] of documents.entries()) placeOf[document] = index;
    const paths = [...facts.keys()];
    return {
      paths,
      facts: [...facts.values()],
      indexOf: new Map(paths.map((path, index) => [path, index])),
      selection: { documents, placeOf },
      fields: generation.fields,
      vocabulary: generation.vocabulary,
      history: generation.historyOf(log),
    };
  }

  #isFull({ vocabulary, count }: Generation): boolean {
    return vocabulary.size > this.limits.terms || count > this.limits.versions;
  }
}

function addFile({ fields, vocabulary }: Generation, document: number, path: string, facts: FileFacts): void {
  fields.path.add(document, pathTerms(path, vocabulary));
  const words = new Map<number, number>();
  for (const [at, word] of facts.words.texts.entries())
    addCount(words, vocabulary.stemIdOf(word), facts.words.counts[at] ?? 0);
  fields.words.add(document, words);
  const symbols = new Map<number, number>();
  for (const { name } of facts.symbols) addName(symbols, name, 1, vocabulary);
  fields.symbols.add(document, symbols);
  fields.definitions.add(document, once(namesDefined(facts), vocabulary));
  fields.references.add(document, once(namesUsed(facts), vocabulary));
}

/** Characters of a name that links files: shorter ones mean something else in each. */
const MIN_NAME = 3;

/** The names that a file defines, for links between files. */
export function namesDefined({ symbols }: FileFacts): string[] {
  return symbols.flatMap(({ name }) => (name.length >= MIN_NAME ? [name] : []));
}

/** The names that a file uses. */
export function namesUsed({ references }: FileFacts): string[] {
  return references.texts.filter((name) => name.length >= MIN_NAME);
}

function once(names: readonly string[], vocabulary: Vocabulary): Map<number, number> {
  return new Map(names.map((name) => [vocabulary.idOf(name), 1]));
}

/** How much more a file's own name says than a folder that it shares with others. */
const NAME_WEIGHT = 2;

function pathTerms(path: string, vocabulary: Vocabulary): Map<number, number> {
  const counts = new Map<number, number>();
  const slash = path.lastIndexOf('/') + 1;
  addName(counts, path.slice(0, slash), 1, vocabulary);
  addName(counts, path.slice(slash), NAME_WEIGHT, vocabulary);
  return counts;
}

/** Adds the words of a name, and the name as a whole when it has several. */
function addName(counts: Map<number, number>, name: string, weight: number, vocabulary: Vocabulary): void {
  for (const word of splitName(name)) addCount(counts, vocabulary.stemIdOf(word), weight);
  for (const compound of compoundsOf(name)) addCount(counts, vocabulary.idOf(compound), weight);
}
