/** What a `tsconfig.json` has the compiler check. It decides a verdict when a command that judges the work checks types. Pure. */
import { commandPattern, isRun } from './checker-files.js';
import { at, entries } from './lock-files/manifests.js';

const TYPE_CHECK = commandPattern(['tsc', 'vue-tsc', 'svelte-check']);

/** Whether a command that judges the work checks types as a `tsconfig.json` says. */
export function checksTypes(commands: readonly string[]): boolean {
  return isRun(TYPE_CHECK, commands);
}

/** Options that make a compiler check more, and those that make it check less. */
const STRICTER =
  /^(?:strict|noImplicit|noUnused|noUnchecked|noFallthrough|noPropertyAccess|exactOptional|checkJs$|useUnknown)/;
const LOOSER =
  /^(?:noCheck|skipLibCheck|skipDefaultLibCheck|allowUnreachableCode|allowUnusedLabels|suppress)/;

/** What a document checks less than the old one. More checks, and more files, are free. */
export function weakerChecks(old: unknown, document: unknown): Readonly<Record<string, unknown>> {
  const options = (of: unknown) => entries(at(of, 'compilerOptions'));
  const namesWith = (of: unknown, pattern: RegExp, value: boolean) =>
    options(of).flatMap(([name, given]) => (pattern.test(name) && given === value ? [name] : []));
  const checked = (key: string): unknown => {
    const [was, now] = [at(old, key), at(document, key)];
    if (!Array.isArray(was) || !Array.isArray(now)) return now;
    const kept = new Set<unknown>(now);
    return was.filter((each) => kept.has(each));
  };
  const isOn = new Set(namesWith(document, STRICTER, true));
  const excluded = new Set([undefined, at(old, 'exclude')].flat());
  return {
    include: checked('include'),
    files: checked('files'),
    exclude: [at(document, 'exclude')].flat().filter((each) => !excluded.has(each)),
    'the checks in compilerOptions': [
      namesWith(old, STRICTER, true).filter((name) => !isOn.has(name)),
      namesWith(document, STRICTER, false),
      namesWith(document, LOOSER, true),
    ],
  };
}
