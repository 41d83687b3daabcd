/** Text for a terminal: text from outside is encoded, and only this file adds colours. */
import pc from 'picocolors';
import { showInvisible } from './visible-text.js';

/** Text that is encoded already. It contains no control characters but tabs, line feeds and Leadwright's own colours. */
export class TerminalText {
  constructor(readonly encoded: string) {}
}

export type Printable = string | TerminalText;

/** Builds terminal text: `styled`${paint.bold(id)}  ${title}`` encodes `title` and keeps the colour of `id`. */
export function styled(
  parts: TemplateStringsArray,
  ...values: readonly (Printable | number)[]
): TerminalText {
  const texts = parts.map((part, index) => {
    const value = values[index] ?? '';
    return part + encode(typeof value === 'number' ? String(value) : value);
  });
  return new TerminalText(texts.join(''));
}

/** The text as it is written to a terminal. */
export function encode(text: Printable): string {
  return text instanceof TerminalText ? text.encoded : showInvisible(text);
}

const painter = (color: (text: string) => string) => (text: Printable) =>
  new TerminalText(color(encode(text)));

/** The colours; without effect where the terminal has none. */
export const paint = {
  bold: painter(pc.bold),
  dim: painter(pc.dim),
  green: painter(pc.green),
  red: painter(pc.red),
  yellow: painter(pc.yellow),
};
