/** Syntax highlighting for a hunk of a diff. Each language is loaded when its first file is shown. */
import { createLowlight } from 'lowlight';
import type { LanguageFn } from 'highlight.js';
import type { DiffLine, Hunk } from './parse-diff.js';
import { tokensByLine, type Token } from './highlighted-lines.js';

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

const LANGUAGE_BY_EXTENSION: Readonly<Record<string, string>> = {
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

/** Loads the language of a file. @returns its name; null when it is unknown */
export async function loadLanguage(path: string): Promise<string | null> {
  const name = LANGUAGE_BY_EXTENSION[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
  const load = name === undefined ? undefined : LANGUAGES[name];
  if (name === undefined || load === undefined) return null;
  if (!lowlight.registered(name)) lowlight.register(name, (await load()).default);
  return name;
}

/**
 * Splits the lines of a hunk into highlighted tokens. The old and the new side are each highlighted as one text, so
 * that a comment or template over several lines is recognised.
 */
export function highlightHunk({ lines }: Hunk, language: string): readonly (readonly Token[])[] {
  const before = highlightSide(lines, 'removed', language);
  const after = highlightSide(lines, 'added', language);
  return lines.map(
    (line) => (line.kind === 'removed' ? before : after).get(line) ?? [{ text: line.text, style: '' }],
  );
}

function highlightSide(
  lines: readonly DiffLine[],
  kind: 'removed' | 'added',
  language: string,
): ReadonlyMap<DiffLine, readonly Token[]> {
  const side = lines.filter((line) => line.kind === kind || line.kind === 'same');
  const tree = lowlight.highlight(language, side.map(({ text }) => text).join('\n'));
  const tokens = tokensByLine(tree.children);
  return new Map(side.map((line, index) => [line, tokens[index] ?? []]));
}
