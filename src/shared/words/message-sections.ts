/** Takes a message or a result for the model apart: its sentences, and the texts in it that others wrote. Pure. */

export type Section =
  | { readonly kind: 'text'; readonly text: string }
  /** A wrapped text (src/shared/words/material.ts): material, or instructions of the project. `name` is null without one. */
  | { readonly kind: 'material' | 'instructions'; readonly name: string | null; readonly text: string };

const BEGIN = /^<(material|instructions) ([0-9a-f]{12})(?: ("(?:[^"\\\n]|\\.)*"))?>\n/gm;

/** The sections in order. A beginning without its end is text. */
export function sectionsOf(message: string): readonly Section[] {
  const sections: Section[] = [];
  let done = 0;
  const addText = (end: number) => {
    const text = message.slice(done, end).trim();
    if (text !== '') sections.push({ kind: 'text', text });
  };
  for (const match of message.matchAll(BEGIN)) {
    const [begin, tag = '', mark = '', name] = match;
    if (match.index < done) continue;
    const start = match.index + begin.length;
    const end = `\n</${tag} ${mark}>`;
    const at = message.indexOf(end, start);
    if (at === -1) continue;
    addText(match.index);
    sections.push({
      kind: tag === 'instructions' ? 'instructions' : 'material',
      name: name === undefined ? null : nameOf(name),
      text: message.slice(start, at),
    });
    done = at + end.length;
  }
  addText(message.length);
  return sections;
}

/** Names are written as JSON. Text that only looks like a wrapped one may have any. */
function nameOf(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return json;
  }
}
