/** Splits a highlighted text into lines. Pure. */
import type { ElementContent, RootContent } from 'hast';

/** A part of a line with one style: the class names of the highlighter, or empty. */
export interface Token {
  readonly text: string;
  readonly style: string;
}

/** The tokens of each line. A node over several lines is cut, and keeps its style in each of them. */
export function tokensByLine(
  nodes: readonly (RootContent | ElementContent)[],
): readonly (readonly Token[])[] {
  const lines: Token[][] = [[]];
  const walk = (node: RootContent | ElementContent, style: string): void => {
    if (node.type === 'text') {
      for (const [index, text] of node.value.split('\n').entries()) {
        if (index > 0) lines.push([]);
        if (text !== '') lines.at(-1)?.push({ text, style });
      }
    } else if (node.type === 'element') {
      const names = node.properties['className'];
      const own = Array.isArray(names) ? names.join(' ') : style;
      for (const child of node.children) walk(child, own);
    }
  };
  for (const node of nodes) walk(node, '');
  return lines;
}
