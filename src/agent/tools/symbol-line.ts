/** How symbols are written in answers. Pure. */
import type { CodeSymbol } from '../../codebase/file-facts.js';

export function lineRange({ line, endLine }: Pick<CodeSymbol, 'line' | 'endLine'>): string {
  return endLine > line ? `${line}-${endLine}` : String(line);
}

/**
 * A symbol's signature as the model may see it.
 * @param own its line without secrets: a signature that is not in it holds one
 */
export function signatureIn(
  own: string,
  { name, signature }: Pick<CodeSymbol, 'name' | 'signature'>,
): string {
  if (own.includes(signature)) return signature;
  return own.includes(name) ? name : '(not shown)';
}

/**
 * The lines of an outline. A line of code that defines several symbols is written once, then by their names.
 * @param shown the lines of the file without its secrets
 */
export function outlineLines(shown: readonly string[], symbols: readonly CodeSymbol[]): string[] {
  return symbols.map((symbol, index) => {
    const isRepeated = symbols[index - 1]?.line === symbol.line;
    const text = signatureIn(
      shown[symbol.line - 1] ?? '',
      isRepeated ? { ...symbol, signature: symbol.name } : symbol,
    );
    return `${lineRange(symbol)}\t${symbol.kind}\t${text}`;
  });
}
