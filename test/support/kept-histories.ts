/** Rules for the recorded histories in test/replay/histories. Pure, except for reading files. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The tag of the first release; null before it. Before it, no existing run has to be continued: histories may be
 * recorded again, and workflows have no patches. From it on, histories are only added.
 */
export const FIRST_RELEASE: string | null = null;

/** `<date>[.<n>]-<path>.json`: the n-th recording of that day, of that path. */
const NAME = /^(\d{4}-\d{2}-\d{2}(?:\.\d+)?)-([a-z0-9-]+)\.json$/;

/** Parses a file name: when the history was recorded, and of which path; null for any other name. */
export function readName(file: string): { readonly date: string; readonly path: string } | null {
  const [, date, path] = NAME.exec(file) ?? [];
  return date === undefined || path === undefined ? null : { date, path };
}

/** A line of the manifest, as `sha256sum` writes it. */
export function manifestLine(folder: string, file: string): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex');
  return `${hash}  ${file}`;
}

/** The manifest's lines for the files of a folder. */
export function manifestOf(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((file) => manifestLine(folder, file));
}

/** Describes the differences between the manifest and the folder. */
export function manifestProblems(listed: readonly string[], present: readonly string[]): string[] {
  const fileOf = (line: string) => line.slice(66);
  const there = new Map(present.map((line) => [fileOf(line), line]));
  const known = new Map(listed.map((line) => [fileOf(line), line]));
  return [
    ...[...known].flatMap(([file, line]) => {
      if (there.get(file) === line) return [];
      return [there.has(file) ? `${file} was edited or recorded anew` : `${file} was removed`];
    }),
    ...[...there.keys()].filter((file) => !known.has(file)).map((file) => `${file} is not in the manifest`),
  ];
}

/** The ids of the patches in source texts: those in `patched` calls, and those in `deprecatePatch` calls. */
export function patchesOf(sources: readonly string[]): {
  readonly patched: readonly string[];
  readonly deprecated: readonly string[];
} {
  const all = (call: string) => [
    ...new Set(
      sources.flatMap((source) =>
        [...source.matchAll(new RegExp(`\\b${call}\\(\\s*['"\`]([^'"\`]+)['"\`]`, 'g'))].map(
          ([, id]) => id ?? '',
        ),
      ),
    ),
  ];
  return { patched: all('patched'), deprecated: all('deprecatePatch') };
}

/** A recorded history and the patches in it. */
export interface PatchedHistory {
  readonly file: string;
  readonly patches: readonly string[];
}

/** The patches whose markers a history contains. `text` is a file that `record-histories` wrote. */
export function marksIn(text: string): string[] {
  const marks = [...text.matchAll(/"patch-data":\{"payloads":\[\{[^[\]]*?"data":"([^"]+)"/g)];
  return marks.map(([, data]) => {
    const mark: unknown = JSON.parse(Buffer.from(data ?? '', 'base64').toString('utf8'));
    return typeof mark === 'object' && mark !== null && 'id' in mark ? String(mark.id) : '';
  });
}

/** Reports missing histories: each patch needs a path recorded with it, and the same path recorded before it. */
export function patchProblems(
  { patched, deprecated }: ReturnType<typeof patchesOf>,
  kept: readonly PatchedHistory[],
): string[] {
  const withPatch = (id: string) => kept.filter(({ patches }) => patches.includes(id));
  const before = (id: string) =>
    withPatch(id).some(({ file: after }) =>
      kept.some(({ file, patches }) => !patches.includes(id) && isEarlier(file, after)),
    );
  return [
    ...[...patched, ...deprecated]
      .filter((id) => withPatch(id).length === 0)
      .map((id) => `no history with the patch ${id} is kept`),
    ...patched
      .filter((id) => withPatch(id).length > 0 && !before(id))
      .map((id) => `no history of the same path from before the patch ${id} is kept`),
  ];
}

function isEarlier(file: string, than: string): boolean {
  const [one, other] = [readName(file), readName(than)];
  return one !== null && other !== null && one.path === other.path && one.date < other.date;
}
