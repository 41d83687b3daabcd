/** Quotes a text as one word for a POSIX shell. Pure. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
