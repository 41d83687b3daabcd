/**
 * Text as Markdown means it where it was wrapped by hand: a single line break within a paragraph is a space. Lists,
 * headings, quotes, tables, indented lines and whatever holds a block of code stay as they are. Pure.
 */
export function reflow(text: string): string {
  return text.includes('```') ? text.trim() : text.trim().replace(/(?<=[^\n])\n(?=[^\n\s\-*+>#|`\d])/g, ' ');
}
