/** Parts of texts that a server wrote, without secrets: also at the cut, no part of a secret is left. Pure. */

/** Hides secrets in a text. */
export type Redact = (text: string) => string;

/** The longest secret that a cut may split: a private key of 4096 bits has 3,300 characters. */
const SECRET_CHARS = 4_000;

/** The beginning of a text. A part of a secret that the first cut left is in what the second one removes. */
export function redactedHead(text: string, chars: number, redact: Redact): string {
  const room = chars + SECRET_CHARS;
  const clean = redact(text.slice(0, room));
  return clean
    .slice(0, text.length <= room ? chars : Math.max(0, Math.min(chars, clean.length - SECRET_CHARS)))
    .toWellFormed();
}

/** The end of a text. */
export function redactedTail(text: string, chars: number, redact: Redact): string {
  const room = chars + SECRET_CHARS;
  const clean = redact(text.slice(-room));
  return clean.slice(Math.max(text.length <= room ? 0 : SECRET_CHARS, clean.length - chars)).toWellFormed();
}
