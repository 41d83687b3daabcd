/**
 * Reads YAML with a limit of its depth. The library builds its tree by recursion, and where the stack ends while V8 compiles a
 * pattern, V8 ends the whole process: no error is thrown that could be caught.
 */
import { Composer, Lexer, LineCounter, Parser, type CST, type Document } from 'yaml';

/** The deepest nesting. A plan has about ten levels, and configuration of tools hardly more. */
export const MAX_YAML_DEPTH = 100;

export interface YamlDocuments {
  readonly documents: readonly Document.Parsed[];
  /** Where the text is nested too deep, as an offset; what follows is in no document. Null when it is not. */
  readonly tooDeepAt: number | null;
}

/**
 * Like the library's parseAllDocuments.
 * @param counter learns where the lines begin
 * @param options.merge whether `<<` merges maps
 */
export function readYaml(
  text: string,
  counter: LineCounter,
  { merge = false }: { readonly merge?: boolean } = {},
): YamlDocuments {
  const parser = new Parser(counter.addNewLine);
  const tooDeep: number[] = [];
  function* tokens(): Generator<CST.Token, void> {
    counter.addNewLine(0);
    for (const lexeme of new Lexer().lex(text)) {
      yield* parser.next(lexeme);
      if (parser.stack.length <= MAX_YAML_DEPTH) continue;
      tooDeep.push(parser.offset);
      return;
    }
    yield* parser.end();
  }
  const composer = new Composer({ prettyErrors: false, logLevel: 'silent', merge });
  const documents = [...composer.compose(tokens())];
  return { documents, tooDeepAt: tooDeep[0] ?? null };
}

/**
 * Parses the text of one document.
 * @param options as those of `readYaml`
 * @throws Error when the text is not one document of YAML, or nested too deep
 */
export function parseYaml(text: string, options: { readonly merge?: boolean } = {}): unknown {
  const { documents, tooDeepAt } = readYaml(text, new LineCounter(), options);
  const [document, second] = documents;
  if (tooDeepAt !== null) throw new Error(`nested more than ${MAX_YAML_DEPTH} deep`);
  if (second !== undefined) throw new Error('more than one document');
  const error = document?.errors[0];
  if (error !== undefined) throw error;
  return document?.toJS() ?? null;
}
