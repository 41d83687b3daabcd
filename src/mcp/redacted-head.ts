/**
 * The beginning of a text that a server wrote, without secrets. Twice as much is redacted, so that the cut does not leave
 * a part of a secret that nobody recognises.
 */
export function redactedHead(text: string, chars: number, redact: (text: string) => string): string {
  return redact(text.slice(0, 2 * chars))
    .slice(0, chars)
    .toWellFormed();
}
