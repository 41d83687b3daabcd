import { asTerminalText } from './neutral-output.js';

/** Characters. What a test runner reports is a short line. Longer ones are data, and matching them takes quadratic time. */
const LINE_LIMIT = 400;

/** The lines of a command's output, without long ones. Pure. */
export function shortLines(output: string): string[] {
  return asTerminalText(output)
    .split('\n')
    .filter(({ length }) => length <= LINE_LIMIT);
}
