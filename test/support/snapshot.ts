import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Every file and link below a folder, with its mode and its bytes: what "untouched" is measured against. */
export function snapshot(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
    const stat = lstatSync(path);
    const mode = stat.mode.toString(8);
    if (stat.isSymbolicLink()) files.set(name.toString('latin1'), `${mode} ${readlinkSync(path)}`);
    else if (stat.isFile()) files.set(name.toString('latin1'), `${mode} ${readFileSync(path, 'hex')}`);
  }
  return files;
}

/** Names that were added, removed or changed between two snapshots. */
export function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

/** The content of a folder's files by name, for small trees of text. */
export function textFiles(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  const files = names.filter((name) => lstatSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
