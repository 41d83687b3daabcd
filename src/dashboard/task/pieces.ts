/** A highlighted text, line by line. Pure. */
import type { ElementContent, RootContent } from 'hast';

/** A piece of a line in one style; the style is what the highlighter calls it, or empty. */
export interface Piece {
  readonly text: string;
  readonly style: string;
}

/** The lines of a highlighted tree: what spans several of them is cut, and keeps its style in each. */
export function linesOf(nodes: readonly (RootContent | ElementContent)[]): readonly (readonly Piece[])[] {
  const lines: Piece[][] = [[]];
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
