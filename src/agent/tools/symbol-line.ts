/** How symbols are written in answers. Pure. */
import type { CodeSymbol } from '../../codebase/file-facts.js';

export function lineRange({ line, endLine }: Pick<CodeSymbol, 'line' | 'endLine'>): string {
  return endLine > line ? `${line}-${endLine}` : String(line);
}

/**
 * A symbol's signature as the model may see it.
 * @param shown the lines of the file without its secrets: a signature that is not in its own line holds one
 */
export function signatureIn(
  shown: readonly string[],
  { name, signature, line }: Pick<CodeSymbol, 'name' | 'signature' | 'line'>,
): string {
  const own = shown[line - 1] ?? '';
  if (own.includes(signature)) return signature;
  return own.includes(name) ? name : '(not shown)';
}
