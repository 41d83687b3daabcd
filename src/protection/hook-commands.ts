/** The commands that managers of git hooks run, according to their configuration. Pure. */
import { parse as parseToml } from 'smol-toml';
import { parseYaml } from '../shared/files/read-yaml.js';
import { isRecord } from '../shared/is-record.js';
import { items, text as asText } from './lock-files/manifests.js';

/** The configuration at a repository's root, by its usual names. */
export const HOOK_CONFIGURATIONS: readonly string[] = [
  ...['lefthook', '.lefthook', 'lefthook-local', '.lefthook-local'].flatMap((name) =>
    ['yml', 'yaml', 'toml', 'json', 'jsonc'].map((end) => `${name}.${end}`),
  ),
  ...['.pre-commit-config.yaml', '.pre-commit-config.yml'],
];

/** The commands in a configuration; its whole text when it cannot be read, so that nothing in it is missed. */
export function hookCommands(path: string, text: string): string[] {
  try {
    return commandsIn(path.endsWith('.toml') ? parseToml(text) : parseYaml(text));
  } catch {
    return [text];
  }
}

function commandsIn(document: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const pending = [document];
  while (pending.length > 0) {
    const part = pending.pop();
    if (typeof part !== 'object' || part === null || seen.has(part)) continue;
    seen.add(part);
    if (!isRecord(part)) {
      pending.push(...items(part));
      continue;
    }
    // lefthook has `run`; pre-commit has `entry`, and the words after it in `args`. A hook of another repository has only those.
    const program = wordsOf([part['run'], part['entry']]);
    const args = wordsOf(items(part['args']));
    found.push([...(program.length === 0 && args.length > 0 ? ['hook'] : program), ...args].join(' '));
    pending.push(...Object.values(part));
  }
  return found.filter((command) => command !== '');
}

function wordsOf(values: readonly unknown[]): string[] {
  return values.map(asText).filter((word) => word !== '');
}
