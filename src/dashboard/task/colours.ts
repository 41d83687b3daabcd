/** Syntax colours for a hunk of a diff: each language is loaded when the first file of it is shown. */
import { createLowlight } from 'lowlight';
import type { LanguageFn } from 'highlight.js';
import type { DiffLine, Hunk } from './parse-diff.js';
import { linesOf, type Piece } from './pieces.js';

const LANGUAGES: Readonly<Record<string, () => Promise<{ default: LanguageFn }>>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  go: () => import('highlight.js/lib/languages/go'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  php: () => import('highlight.js/lib/languages/php'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};

const BY_ENDING: Readonly<Record<string, string>> = {
  sh: 'bash',
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  hpp: 'cpp',
  cs: 'csharp',
  css: 'css',
  scss: 'css',
  go: 'go',
  java: 'java',
  js: 'javascript',
  cjs: 'javascript',
  mjs: 'javascript',
  jsx: 'javascript',
  json: 'json',
  kt: 'kotlin',
  md: 'markdown',
  php: 'php',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sql: 'sql',
  swift: 'swift',
  ts: 'typescript',
  cts: 'typescript',
  mts: 'typescript',
  tsx: 'typescript',
  html: 'xml',
  svg: 'xml',
  svelte: 'xml',
  vue: 'xml',
  xml: 'xml',
  yaml: 'yaml',
  yml: 'yaml',
};

const lowlight = createLowlight();

/** Makes the language of a file ready; null when it has none that is known. */
export async function languageOf(path: string): Promise<string | null> {
  const name = BY_ENDING[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
  const load = name === undefined ? undefined : LANGUAGES[name];
  if (name === undefined || load === undefined) return null;
  if (!lowlight.registered(name)) lowlight.register(name, (await load()).default);
  return name;
}

/**
 * The lines of a hunk in coloured pieces. What was before and what is after are each read as one text, so that what
 * spans lines (a comment, a template) keeps its colour.
 */
export function colouredLines({ lines }: Hunk, language: string): readonly (readonly Piece[])[] {
  const before = coloured(lines, 'removed', language);
  const after = coloured(lines, 'added', language);
  return lines.map(
    (line) => (line.kind === 'removed' ? before : after).get(line) ?? [{ text: line.text, style: '' }],
  );
}

function coloured(
  lines: readonly DiffLine[],
  kind: 'removed' | 'added',
  language: string,
): ReadonlyMap<DiffLine, readonly Piece[]> {
  const side = lines.filter((line) => line.kind === kind || line.kind === 'same');
  const tree = lowlight.highlight(language, side.map(({ text }) => text).join('\n'));
  const pieces = linesOf(tree.children);
  return new Map(side.map((line, index) => [line, pieces[index] ?? []]));
}
