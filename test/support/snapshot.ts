import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Reads every file and link below a folder, with mode and bytes, to check that nothing changed. Names are in Latin-1, so
 * that every byte of a name counts.
 */
export function snapshot(folder: string): Map<string, string> {
  return new Map(filesBelow(Buffer.from(`${folder}/`), ''));
}

function* filesBelow(root: Buffer, prefix: string): Generator<[string, string]> {
  const folder = Buffer.concat([root, Buffer.from(prefix, 'latin1')]);
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    const relative = prefix + name.toString('latin1');
    const path = Buffer.concat([folder, name]);
    const stat = lstatSync(path);
    const mode = stat.mode.toString(8);
    if (stat.isDirectory()) yield* filesBelow(root, `${relative}/`);
    else if (stat.isSymbolicLink()) yield [relative, `${mode} ${readlinkSync(path)}`];
    else yield [relative, `${mode} ${readFileSync(path, 'hex')}`];
  }
}

/** The names that were added, removed or changed between two snapshots. */
export function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}
