/** Reads Bundler's lock files. Pure. */
import { stableText } from '../json-parts.js';
import { UnreadableLock, type Dependency, type Lock, type LockedPackage, type LockFormat } from './lock.js';
import { importerOf } from './manifests.js';

export const BUNDLER: LockFormat = {
  name: /^(?:Gemfile|gems)\.(?:lock|locked)$/,
  manifest: /^(?:Gemfile|gems\.rb)$/,
  declared: (manifests, folder) =>
    [...manifests].flatMap(([path, text]) => gemsIn(text, importerOf(path, folder))),
  read: readGemfileLock,
};

function gemsIn(text: string, importer: string): Dependency[] {
  return [...text.matchAll(/^[ \t]*gem[\s(]+["']([\w.-]+)["'](.*)$/gm)].map(([, name, rest]) => ({
    importer,
    name: name ?? '',
    specs: [(rest ?? '').trim()],
  }));
}

function readGemfileLock(source: string): Lock {
  const packages = new Map<string, { lines: string[]; requires: Map<string, string> }>();
  const rest: string[] = [];
  const sums = new Map<string, string>();
  let section = '';
  let gem = '';
  for (const line of source.split(/\r?\n/)) {
    if (/^\S/.test(line)) section = line;
    const spec = /^ {4}([\w.-]+) \(([^)]+)\)$/.exec(line);
    const dependency = /^ {6}([\w.-]+)(?: \([^)]+\))?$/.exec(line);
    const sum = /^ {2}([\w.-]+) \([^)]+\)(?: sha256=[0-9a-f]{64})?$/.exec(line);
    if (section === 'GEM' && spec !== null) {
      gem = spec[1] ?? '';
      // One gem may be there several times, for several platforms.
      const entry = packages.get(gem) ?? { lines: [], requires: new Map<string, string>() };
      packages.set(gem, { ...entry, lines: [...entry.lines, line] });
    } else if (section === 'GEM' && dependency !== null) {
      packages.get(gem)?.requires.set(dependency[1] ?? '', dependency[1] ?? '');
    } else if (section === 'CHECKSUMS' && sum !== null) {
      sums.set(sum[1] ?? '', `${sums.get(sum[1] ?? '') ?? ''}${line}\n`);
    } else if (section !== 'DEPENDENCIES') {
      if (/^[<=>]{7}/.test(line)) throw new UnreadableLock('it has conflict markers');
      rest.push(line);
    }
  }
  return {
    packages: new Map(
      [...packages].map(([name, { lines, requires }]): [string, LockedPackage] => [
        name,
        {
          name,
          identity: stableText([lines, sums.get(name) ?? '']),
          requires,
          // The remotes of all gems are in the rest, which may not change.
          fault: null,
          programs: [],
        },
      ]),
    ),
    resolve: ({ name }) => (packages.has(name) ? name : undefined),
    rest: rest.filter((line) => line !== '').join('\n'),
  };
}
