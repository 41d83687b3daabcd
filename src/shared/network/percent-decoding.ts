/** Decodes what is percent-encoded in a URL; null when a `%` in it encodes nothing. Pure. */
export function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
