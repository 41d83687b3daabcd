/** Parses text with tree-sitter. Runs in the parser's thread only: a hostile text can make a grammar hang. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Language as Grammar, Parser, Query, type Node } from 'web-tree-sitter';
import { SYMBOL_KINDS, type SymbolKind } from './file-facts.js';
import type { Language } from './languages/language.js';
import { startTimeLimit } from './time-limit.js';

/** A piece of the text: indexes of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A definition that the parser found. */
export interface Definition {
  readonly kind: SymbolKind;
  readonly name: Span;
  /** Lines from 1: that of the name, and the last one of the definition. */
  readonly line: number;
  readonly endLine: number;
}

export interface Syntax {
  /** In the order of their names. */
  readonly definitions: readonly Definition[];
  /** Comments and the contents of strings, in order. */
  readonly prose: readonly Span[];
}

/** Nodes whose content is prose; each grammar has some of them. */
const PROSE = [
  ...['comment', 'line_comment', 'block_comment', 'multiline_comment', 'html_comment'],
  ...['string_fragment', 'multiline_string_fragment', 'string_content', 'raw_string_content'],
  ...['interpreted_string_literal_content', 'raw_string_literal_content', 'string_literal_content'],
  ...['verbatim_string_literal', 'character_literal', 'char_literal', 'rune_literal', 'character'],
  ...[
    'line_str_text',
    'multi_line_str_text',
    'raw_str_part',
    'nowdoc_string',
    'nowdoc_body',
    'heredoc_content',
  ],
  ...['jsx_text', 'text', 'regex_pattern', 'shebang', 'shebang_line', 'hash_bang_line', 'system_lib_string'],
];

/**
 * Pages of 64 KiB. A syntax tree takes about ten times its text, so this is enough for MAX_PARSED_BYTES with a reserve;
 * a grammar that a hostile text makes ambiguous would take 2 GB otherwise.
 */
const MEMORY_PAGES = 3_072;

interface Loaded {
  readonly grammar: Grammar;
  readonly query: Query;
}

/** A tree-sitter parser for all languages. Grammars are loaded when they are first used. */
export class SyntaxParser {
  readonly #loaded = new Map<string, Promise<Loaded>>();

  private constructor(
    private readonly parser: Parser,
    private readonly folder: string,
  ) {}

  /** @param folder of the compiled grammars */
  static async open(folder: string): Promise<SyntaxParser> {
    await Parser.init({
      wasmBinary: await readFile(join(folder, 'web-tree-sitter.wasm')),
      wasmMemory: new WebAssembly.Memory({ initial: 512, maximum: MEMORY_PAGES }),
    });
    return new SyntaxParser(new Parser(), folder);
  }

  /** Loads the grammar of a language, once. */
  async load(language: Language): Promise<void> {
    await this.#load(language);
  }

  /**
   * Parses a text. @returns null when it takes more processor time than the limit
   * @throws Error from the compiled grammar, after which this parser must not be used again
   */
  async parse(text: string, language: Language, limitMs: number): Promise<Syntax | null> {
    const { grammar, query } = await this.#load(language);
    const isOver = startTimeLimit(limitMs);
    this.parser.reset();
    this.parser.setLanguage(grammar);
    const tree = this.parser.parse(text, null, { progressCallback: isOver });
    if (tree === null) return null;
    try {
      const matches = query.matches(tree.rootNode, { progressCallback: isOver });
      return isOver() ? null : syntaxOf(matches);
    } finally {
      tree.delete();
    }
  }

  #load(language: Language): Promise<Loaded> {
    const known = this.#loaded.get(language.name);
    if (known !== undefined) return known;
    const loading = Grammar.load(join(this.folder, `${language.name}.wasm`)).then((grammar) => ({
      grammar,
      query: new Query(grammar, queryOf(grammar, language)),
    }));
    this.#loaded.set(language.name, loading);
    return loading;
  }
}

function queryOf(grammar: Grammar, { symbols }: Language): string {
  const prose = PROSE.filter((type) => grammar.idForNodeType(type, true) !== null);
  return `${symbols}\n[${prose.map((type) => `(${type})`).join(' ')}] @prose`;
}

/** A declarator stands for the declaration around it. */
function declarationOf(node: Node): Node {
  const { parent } = node;
  return node.type.endsWith('_declarator') && parent !== null ? declarationOf(parent) : node;
}

/** From 1. A node that ends in a line break ends on the line before. */
function lastLineOf({ endPosition: { row, column } }: Node): number {
  return column === 0 ? row : row + 1;
}

function isKind(name: string): name is SymbolKind {
  return SYMBOL_KINDS.some((kind) => kind === name);
}

function syntaxOf(matches: ReturnType<Query['matches']>): Syntax {
  const prose: Span[] = [];
  /** By the index of the name: the definition, and its pattern's place in the query. */
  const found = new Map<number, Definition & { readonly pattern: number }>();
  for (const { patternIndex: pattern, captures } of matches) {
    const name = captures.find((capture) => capture.name === 'name')?.node;
    for (const { name: capture, node } of captures) {
      if (capture === 'prose') prose.push({ start: node.startIndex, end: node.endIndex });
      if (name === undefined || !isKind(capture)) continue;
      if ((found.get(name.startIndex)?.pattern ?? Infinity) <= pattern) continue;
      found.set(name.startIndex, {
        kind: capture,
        name: { start: name.startIndex, end: name.endIndex },
        line: name.startPosition.row + 1,
        endLine: lastLineOf(declarationOf(node)),
        pattern,
      });
    }
  }
  const definitions = [...found.values()].sort((a, b) => a.name.start - b.name.start);
  return { definitions, prose: prose.sort((a, b) => a.start - b.start) };
}
