/** A fake git store, and the folders for tests that run commands on commits. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import { removeFolder } from '../../src/sandbox/scratch-folder.js';
import { createProcessGroupRunner } from '../../src/sandbox/runners/process-group-runner.js';
import type { CommitRunRequest, Setup } from '../../src/sandbox/run-on-commit.js';
import type { TreeSource } from '../../src/sandbox/tree-source.js';

export type Files = Readonly<Record<string, string>>;

/** The n-th commit of a source, counted from 1. */
export const nth = (n: number): CommitSha => commitSha(n.toString(16).padStart(40, '0'));

/** A source whose n-th commit has the n-th files. */
export function sourceOf(...commits: readonly Files[]): TreeSource {
  const filesOf = (commit: CommitSha): Files => commits[Number(`0x${commit}`) - 1] ?? {};
  return {
    archive(commit, _, name = '.') {
      const parent = mkdtempSync(join(tmpdir(), 'leadwright-commit-'));
      const folder = join(parent, name);
      mkdirSync(folder, { recursive: true });
      for (const [path, content] of Object.entries(filesOf(commit))) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      const tar = spawn('tar', ['-c', '-C', parent, name], { stdio: ['ignore', 'pipe', 'inherit'] });
      const whole = once(tar, 'close').then(() => rm(parent, { recursive: true }));
      return { stream: tar.stdout, completed: whole, cancel: () => tar.kill() };
    },
    listTree: (commit) => Promise.resolve(Object.keys(filesOf(commit)).map((path) => ({ path }))),
    readFile(commit, path) {
      const content = filesOf(commit)[path];
      return Promise.resolve(content === undefined ? null : Buffer.from(content));
    },
  };
}

export interface Scaffold {
  readonly folder: string;
  readonly trees: string;
  readonly layers: string;
  /** A file that a setup command can write to, outside its sandbox. */
  readonly log: string;
  request(source: TreeSource, command: string, changes?: Partial<CommitRunRequest>): CommitRunRequest;
  setup(command: string): Setup;
  /** The names that remain in the folder of trees. */
  left(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function scaffold(): Promise<Scaffold> {
  const folder = await mkdtemp(join(tmpdir(), 'leadwright-sandbox-'));
  const [trees, layers, log] = [join(folder, 'trees'), join(folder, 'layers'), join(folder, 'log')];
  return {
    folder,
    trees,
    layers,
    log,
    request: (source, command, changes = {}) => ({
      runner: createProcessGroupRunner('a test'),
      source,
      commit: nth(1),
      treesFolder: trees,
      setup: null,
      command,
      environment: { host: { ...process.env, LOG: log }, allow: ['LOG'] },
      timeoutMs: 20_000,
      ...changes,
    }),
    setup: (command) => ({ command, layersFolder: layers, scope: 'shop', network: false, timeoutMs: 20_000 }),
    left: () => readdir(trees).catch(() => []),
    remove: () => removeFolder(folder),
  };
}
