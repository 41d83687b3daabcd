/** Quotes a text as one word for a POSIX shell. Pure. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A text as one word for a POSIX shell, quoted only when it has to be. Pure. */
export function quoteIfNeeded(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : shellQuote(text);
}
