import type { z } from 'zod';
import type { Problem } from '../contract/errors.js';
import { didYouMean } from './did-you-mean.js';
import { checkTasks, type Finding } from './check-tasks.js';
import { knownKeys, planSchema, toPlan, type Plan } from './plan-schema.js';
import { readSource, unreadable, type Path, type PlanSource } from './yaml-source.js';
import { describeIssue, pathText, show } from './describe-problem.js';

/** The plan, or all its problems in the order of their lines. */
export type ParsedPlan =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problems: readonly Problem[] };

/** A thousand tasks with a page each take 3 MB; a larger file is a mistake, and is not read. */
export const PLAN_MAX_BYTES = 5_000_000;

/**
 * Reads a plan (YAML, or JSON, which is YAML too) and checks all of it in one pass. Never throws.
 *
 * @param text the file's content, as bytes where possible: invalid UTF-8 is then reported with its line, while a string
 *   has lost it
 */
export function parsePlan(text: string | Uint8Array): ParsedPlan {
  const source = sourceOf(text);
  if (source.value === undefined) return { ok: false, problems: sorted(source.problems) };
  // Suppress the library's messages, which are written for programmers; the schema has its own.
  const parsed = planSchema.safeParse(source.value, { error: () => '' });
  const findings = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => findingsOf(issue, source))),
    ...checkTasks(source.value, (path) => source.lineOf(path, 'value')),
  ];
  const problems = [...source.problems, ...located(findings, source)];
  // A file with a syntax error has problems, so success here means a whole plan.
  if (parsed.success && problems.length === 0) return { ok: true, plan: toPlan(parsed.data) };
  return { ok: false, problems: sorted(problems) };
}

function sourceOf(text: string | Uint8Array): PlanSource {
  const bytes = typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength;
  if (bytes > PLAN_MAX_BYTES) {
    return unreadable(1, `found a file of ${bytes} bytes, expected at most ${PLAN_MAX_BYTES}`);
  }
  if (typeof text === 'string') return readSource(text);
  try {
    return readSource(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return unreadable(lineOfBadByte(text), 'found bytes that are not UTF-8: save the file as UTF-8');
  }
}

/** The first line whose bytes change when they are decoded and encoded again. */
function lineOfBadByte(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(10, start);
    const part = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(part)).equals(part)) return line;
    start = end < 0 ? bytes.length : end + 1;
  }
  return 1;
}

function findingsOf(issue: z.core.$ZodIssue, source: PlanSource): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  const found = valueAt(source.value, path);
  const message = describeIssue(issue, found, source.writtenAt(path), knownKeys(path));
  const part = issue.code === 'invalid_key' ? 'key' : 'value';
  return [{ path, part, message, isAbsence: found === undefined }];
}

/** A plan has a limit for much, so a budget is looked for there. */
function budgetAdvice(path: Path, key: string): string {
  return path.length === 0 && key.startsWith('budget')
    ? '; a budget is given with the run: --budget-usd 5'
    : '';
}

function unknownKey(path: Path, key: string): Finding {
  const known = knownKeys(path) ?? [];
  const expected = known.length === 0 ? '' : `, expected one of ${known.join(', ')}`;
  const message =
    key === '<<'
      ? 'merge keys (<<) are not part of YAML 1.2: write the keys out, or use an alias as a value'
      : `found the unknown key ${show(key)}${budgetAdvice(path, key) || didYouMean(key, known) || expected}`;
  return { path: [...path, key], part: 'key', message, isAbsence: false };
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    return Reflect.get(at, step) as unknown;
  }, value);
}

/**
 * Gives each finding its line. After a syntax error the YAML reader guesses, so findings behind it are dropped, as are
 * findings that something is missing: it may be in the part that was not read.
 */
function located(findings: readonly Finding[], source: PlanSource): Problem[] {
  const { brokenFrom } = source;
  return findings
    .filter((finding) => brokenFrom === null || !finding.isAbsence)
    .map(({ path, part, message }) => ({ line: source.lineOf(path, part), path: pathText(path), message }))
    .filter(({ line }) => brokenFrom === null || line < brokenFrom);
}

/** Sorted by line, without duplicates: a syntax error can be reported once for each bracket that it leaves open. */
function sorted(problems: readonly Problem[]): Problem[] {
  const distinct = new Map(problems.map((each) => [`${each.line}\0${each.path}\0${each.message}`, each]));
  return [...distinct.values()].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
