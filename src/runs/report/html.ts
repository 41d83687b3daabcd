import { showInvisible } from '../../shared/words/visible-text.js';

/** HTML from templates that escape their values: every value is text unless it is `Html` itself. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = string | number | Html | readonly Html[] | null;

/** Builds HTML: `html`<p>${text}</p>`` escapes `text`, and leaves out null. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + render(values[index] ?? null)).join(''));
}

function render(value: Value): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes for content and quoted attributes, and makes control and invisible characters visible. */
function escapeText(text: string): string {
  return showInvisible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
