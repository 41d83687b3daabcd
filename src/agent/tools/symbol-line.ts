/** How symbols are written in answers. Pure. */
import type { CodeSymbol } from '../../codebase/file-facts.js';

export function lineRange({ line, endLine }: Pick<CodeSymbol, 'line' | 'endLine'>): string {
  return endLine > line ? `${line}-${endLine}` : String(line);
}

/**
 * A symbol's signature as the model may see it.
 * @param shown the file's text without its secrets: a signature that is not in it holds one
 */
export function signatureIn(
  shown: string,
  { name, signature }: Pick<CodeSymbol, 'name' | 'signature'>,
): string {
  if (shown.includes(signature)) return signature;
  return shown.includes(name) ? name : '(not shown)';
}
