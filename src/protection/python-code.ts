/** Tells whether a Python file does anything when it is imported. Pure. */

/** A blank line, or a comment. */
const BLANK = /^[ \t\f]*(?:#.*)?$/;
/** A string at the start of a text, which Python takes for the docstring. Each character can match in one way only. */
const DOCSTRING =
  /^[rRuU]?(?:"""(?:[^"\\]|\\[^]|"(?!""))*"""|'''(?:[^'\\]|\\[^]|'(?!''))*'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/;
/** The declaration of an encoding in which a comment may be code; most say the same as none. */
const CODING = /^[ \t\f]*#.*coding[:=](?![ \t]*(?:utf-?8|ascii|latin-?1)\b)/i;

/** Whether a text has more than comments, blank lines and a docstring that stands alone. A syntax error counts as code. */
export function hasPythonCode(text: string): boolean {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|[\r\n]/);
  if (lines.slice(0, 2).some((line) => CODING.test(line))) return true;
  const start = lines.findIndex((line) => !BLANK.test(line));
  if (start < 0) return false;
  const rest = lines.slice(start).join('\n');
  const docstring = DOCSTRING.exec(rest)?.[0];
  return (
    docstring === undefined ||
    rest
      .slice(docstring.length)
      .split('\n')
      .some((line) => !BLANK.test(line))
  );
}
