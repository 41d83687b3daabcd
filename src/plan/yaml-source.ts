import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter } from 'yaml';
import type { Document, Pair, YAMLError, YAMLMap, YAMLSeq } from 'yaml';
import type { Problem } from '../contract/errors.js';
import { MAX_YAML_DEPTH, readYaml } from '../shared/files/read-yaml.js';

/** A path in a plan: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** A plan that was read from YAML: its value, and the line of each part. */
export interface PlanSource {
  /** Undefined when the text has no readable value; `problems` says why. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The line of the first syntax error, behind which the value is unreliable; null without one. */
  readonly brokenFrom: number | null;
  /** The line of a value or of its key; when it does not exist, of the nearest part around it. */
  readonly lineOf: (path: Path, part: 'key' | 'value') => number;
  /** A scalar as the file has it, such as `1.10` for the number 1.1; null for anything else. */
  readonly writtenAt: (path: Path) => string | null;
}

/**
 * More values than 10,000 tasks have with every key in use, and few enough to check in a second. Aliases are counted as
 * what they stand for, because a few lines of aliases to aliases can stand for billions of values.
 */
const MAX_VALUES = 1_000_000;

/** A node of the library's tree, whose types leave it `unknown`: the code checks its kind. */
type Node = unknown;

/**
 * A line that git writes around a conflict. In YAML it can stand for nothing else: behind the first key, each line of a text
 * is indented.
 */
const CONFLICT = /^(?:<{7}|>{7})(?: .*)?\r?$/m;
/** Begins the text that both sides changed, which git writes between them with `merge.conflictStyle` diff3 or zdiff3. */
const CONFLICT_BASE = /^\|{7}(?: .*)?\r?$/m;

/** Reads the text of a plan: one YAML document (JSON is one too). Never throws. */
export function readSource(text: string): PlanSource {
  const conflict = CONFLICT.exec(text);
  // The markers would be reported line by line, and both sides as keys that are there twice.
  if (conflict !== null)
    return unreadable(
      text.slice(0, conflict.index).split('\n').length,
      `a merge conflict of git is not resolved here: keep what is right of both sides, and delete the lines <<<<<<<, ======= and >>>>>>>${CONFLICT_BASE.test(text) ? ', and all between ||||||| and =======' : ''}`,
    );
  const counter = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, counter.linePos(offset).line);
  const { documents, tooDeepAt } = readYaml(text, counter);
  if (tooDeepAt !== null) return unreadable(lineAt(tooDeepAt), `nested more than ${MAX_YAML_DEPTH} deep`);
  const [document, second] = documents;
  if (document === undefined || (isEmpty(document) && document.errors.length === 0)) {
    return unreadable(1, 'the plan is empty: expected keys such as name and tasks');
  }
  const problems = syntaxProblems(document, text, lineAt);
  if (second !== undefined) {
    const message = 'a second document begins here: expected one plan (is there a stray --- line?)';
    problems.push({ line: lineAt(second.range[0]), path: '', message });
  }
  const reader = new Reader(lineAt);
  const value = reader.read(document.contents);
  const breaks = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY').map(({ pos }) => pos[0]);
  if (second !== undefined) breaks.push(second.range[0]);
  // A spread of more than some ten thousand would overflow the stack.
  const first = breaks.reduce((least, each) => Math.min(least, each), Infinity);
  return {
    value: reader.exhausted ? undefined : value,
    problems: [...problems, ...reader.problems],
    brokenFrom: breaks.length === 0 ? null : lineAt(first),
    lineOf: (path, part) => lineAt(reader.offsetOf(document.contents, path, part)),
    writtenAt: (path) => reader.writtenAt(document.contents, path),
  };
}

/** A source without a value, with the problem that prevented reading it. */
export function unreadable(line: number, message: string): PlanSource {
  return {
    value: undefined,
    problems: [{ line, path: '', message }],
    brokenFrom: line,
    lineOf: () => line,
    writtenAt: () => null,
  };
}

function isEmpty(document: Document.Parsed): boolean {
  return document.contents === null || (isScalar(document.contents) && document.contents.value === null);
}

function syntaxProblems(
  document: Document.Parsed,
  text: string,
  lineAt: (offset: number) => number,
): Problem[] {
  // A warning, such as an unknown tag, means that the value is not what was meant, so it counts as an error.
  return withoutGuesses([...document.errors, ...document.warnings]).map((error) => ({
    line: lineAt(error.pos[0]),
    path: '',
    message: syntaxMessage(error, text.slice(error.pos[0], error.pos[0] + KEY_SHOWN)),
  }));
}

/** Drops what follows from a tab in the indentation: behind it the library guesses, and reports errors of its guesses. */
function withoutGuesses<E extends YAMLError>(errors: readonly E[]): readonly E[] {
  const isTab = ({ code }: E) => code === 'TAB_AS_INDENT';
  const first = errors.filter(isTab).reduce((least, { pos }) => Math.min(least, pos[0]), Infinity);
  return errors.filter((error) => isTab(error) || error.pos[0] < first);
}

/** As much of the text at an error as is needed to name a key. */
const KEY_SHOWN = 80;

function syntaxMessage({ code, message }: YAMLError, textThere: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'found a tab in the indentation, expected spaces: YAML allows no tabs there';
    case 'DUPLICATE_KEY': {
      const key = /^[^\s:]+/.exec(textThere)?.[0] ?? '';
      return `found the key ${key} a second time, expected each key once`;
    }
    default: {
      const advice = ADVICE.find(([words]) => words.test(message))?.[1];
      return `not valid YAML: ${message}${advice === undefined ? '' : `; ${advice}`}`;
    }
  }
}

/**
 * What has probably to be changed, by the library's message, which speaks of YAML's grammar. Its codes would not do: one
 * stands for many mistakes.
 */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^Nested mappings/,
    'put a text with a colon in quotes, or, if the indentation is wrong, begin the keys of one task in the same column',
  ],
  [
    /^Implicit keys/,
    'write a colon and a space behind a key, and begin the keys of one task in the same column',
  ],
  [/^Implicit map keys/, 'indent the lines of a text further than its key, and write a colon behind a key'],
  [/^Sequence item without/, 'begin the keys of one task in the same column, and each task with a dash'],
  [/^Plain value cannot start/, 'put the whole text in quotes'],
  [/at node end$/, 'put a text that has brackets or quotes in it in other quotes as a whole'],
];

/** Turns the tree into plain values, and then finds the lines of paths in it. */
class Reader {
  readonly problems: Problem[] = [];
  exhausted = false;
  private readonly anchors = new Map<string, { readonly node: Node; value: unknown; size: number }>();
  private readonly targets = new Map<Node, Node>();
  private readonly open = new Set<string>();
  private size = 0;

  constructor(private readonly lineAt: (offset: number) => number) {}

  read(node: Node): unknown {
    if (this.exhausted) return undefined;
    if (isAlias(node)) return this.readAlias(node, node.source);
    const anchor = anchorOf(node);
    if (anchor === undefined) return this.readPlain(node);
    const before = this.size;
    this.open.add(anchor);
    const value = this.readPlain(node);
    this.open.delete(anchor);
    this.anchors.set(anchor, { node, value, size: this.size - before });
    return value;
  }

  private readPlain(node: Node): unknown {
    this.grow(node, 1);
    if (isSeq(node)) return node.items.map((item) => this.read(item));
    if (isMap(node)) return this.readMap(node);
    return isScalar(node) ? node.value : null;
  }

  private readMap(node: YAMLMap): unknown {
    const entries = new Map<string, unknown>();
    for (const pair of node.items) {
      const key = keyOf(pair);
      if (key === null) this.problem(pair.key, 'found a list or keys as a key, expected plain text');
      else if (!entries.has(key)) entries.set(key, this.read(pair.value));
    }
    // Unlike an assignment, this makes __proto__ an ordinary key, which the schema rejects as unknown.
    return Object.fromEntries(entries);
  }

  private readAlias(node: Node, name: string): unknown {
    const anchor = this.anchors.get(name);
    if (anchor === undefined || this.open.has(name)) {
      const isInside = this.open.has(name);
      const why = isInside ? 'is part of what it stands for' : `has no anchor &${name} before it`;
      this.problem(node, `the alias *${name} ${why}`);
      return undefined;
    }
    this.targets.set(node, anchor.node);
    this.grow(node, anchor.size);
    return anchor.value;
  }

  private grow(node: Node, values: number): void {
    this.size += values;
    if (this.size <= MAX_VALUES || this.exhausted) return;
    this.stop(
      node,
      `more than ${MAX_VALUES} values, aliases written out: expected a plan of a sensible size`,
    );
  }

  private stop(node: Node, message: string): void {
    this.exhausted = true;
    this.problem(node, message);
  }

  private problem(node: Node, message: string): void {
    this.problems.push({ line: this.lineAt(startOf(node) ?? 0), path: '', message });
  }

  /** The offset of `path`, or of the nearest part around it. */
  offsetOf(root: Node, path: Path, part: 'key' | 'value'): number {
    let node = root;
    let offset = startOf(root) ?? 0;
    for (const [depth, step] of path.entries()) {
      const child = childOf(this.targets.get(node) ?? node, step);
      if (child === null) break;
      const keyOffset = startOf(child.key);
      // The offset of an empty value is where the next part begins, so its key is the better place.
      const wantsKey = (part === 'key' && depth === path.length - 1) || isNothing(child.value);
      offset = (wantsKey ? keyOffset : startOf(child.value)) ?? keyOffset ?? offset;
      node = child.value;
    }
    return offset;
  }

  writtenAt(root: Node, path: Path): string | null {
    let node = root;
    for (const step of path) {
      node = childOf(this.targets.get(node) ?? node, step)?.value;
    }
    const target = this.targets.get(node) ?? node;
    return isScalar(target) ? (target.source ?? null) : null;
  }
}

function childOf(node: Node, step: string | number): { readonly key: Node; readonly value: Node } | null {
  if (isSeq(node)) return seqItem(node, step);
  if (!isMap(node)) return null;
  const pair = node.items.find((each) => keyOf(each) === String(step));
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}

function seqItem(node: YAMLSeq, step: string | number): { readonly key: Node; readonly value: Node } | null {
  const item = typeof step === 'number' ? node.items[step] : undefined;
  if (item === undefined) return null;
  // `[a: 1]` is a list of one pair, which the library represents as a pair.
  return { key: undefined, value: isPair(item) ? item.value : item };
}

function keyOf(pair: Pair): string | null {
  return isScalar(pair.key) ? String(pair.key.value) : null;
}

function isNothing(node: Node): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function anchorOf(node: Node): string | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
}

function startOf(node: Node): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
