/** What is looked for, and what is found. */

/** The position of a secret in a text. `end` is exclusive. */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** A secret whose value is known. `name` is shown in its marker. */
export interface KnownSecret {
  readonly name: string;
  readonly value: string;
}

/** What stands in place of a secret in a redacted text. */
export const MARKER = /\[redacted:[a-z-]{1,40}:[0-9a-f]{3}\]/g;
