/** What a command sees of /etc: copies of some of the machine's files, some generated ones, and some folders. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync, type Stats } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { SANDBOX_FOLDERS, SANDBOX_UID } from './bubblewrap-arguments.js';

/** Files that replace the machine's files in /etc. */
const GENERATED_FILES: Readonly<Record<string, string>> = {
  passwd: `root:x:0:0:root:/root:/bin/sh\nsandbox:x:${SANDBOX_UID}:${SANDBOX_UID}::${SANDBOX_FOLDERS.home}:/bin/sh\n`,
  group: `root:x:0:\nsandbox:x:${SANDBOX_UID}:\n`,
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** Files and folders in /etc that system programs read. None contains a secret. */
const SYSTEM_FILES = [
  'alternatives',
  'ca-certificates',
  'debian_version',
  'fonts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'lsb-release',
  'mime.types',
  'os-release',
  'pki/ca-trust',
  'pki/tls',
  'protocols',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
];

/** The parts of the machine's /etc at one moment. */
export interface EtcState {
  /** Files, by their names in /etc. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Folders to make, on which others are mounted. */
  readonly mountPoints: readonly string[];
  /** Differs when a file was changed, as when packages are installed on the machine. */
  readonly version: string;
}

/**
 * Looks which of the files and folders are there: some microseconds, so it is done for each command.
 * @param toolChains those below `etc` get a folder to be mounted on, too
 */
export function readEtcState(toolChains: readonly string[] = [], etc = '/etc'): EtcState {
  const found = SYSTEM_FILES.flatMap((name) => {
    const stats = statOf(join(etc, name));
    return stats === null ? [] : [{ name, stats }];
  });
  // A command could not read any other file before it was copied.
  const files = found.filter(({ stats }) => stats.isFile() && (stats.mode & READABLE_BY_ALL) !== 0);
  const folders = found.filter(({ stats }) => stats.isDirectory()).map(({ name }) => name);
  const mountPoints = [...folders, ...toolChains.filter(isBelow(etc)).map((path) => relative(etc, path))];
  return {
    files: files.map(({ name }) => name),
    folders,
    mountPoints,
    version: [
      ...files.map(({ name, stats }) => `${name} ${stats.ino} ${stats.size} ${stats.mtimeMs}`),
      ...mountPoints,
    ].join('\n'),
  };
}

const READABLE_BY_ALL = 0o004;

const isBelow = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

/** Null also for a link that leads nowhere or in a circle, or through a folder that is closed. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** Writes the files into a new folder, which every user can read. Folders become empty ones, to mount the machine's on. */
export function writeEtc(folder: string, { files, mountPoints }: EtcState, etc = '/etc'): void {
  makeReadable(folder);
  for (const name of mountPoints) makeReadable(join(folder, name));
  for (const name of files) {
    makeReadable(dirname(join(folder, name)));
    // Not `copyFileSync`: in Node 20 it never ends when the file is cut off meanwhile, because it waits for the rest.
    writeReadable(join(folder, name), readFileSync(join(etc, name)));
  }
  for (const [name, text] of Object.entries(GENERATED_FILES)) writeReadable(join(folder, name), text);
}

/** Also where this process's umask would not let others read it. */
function writeReadable(path: string, content: string | Buffer): void {
  writeFileSync(path, content);
  chmodSync(path, 0o644);
}

/** Whether nothing of what `writeEtc` made is gone. */
export function isComplete(folder: string, { files, mountPoints }: EtcState): boolean {
  return [...files, ...mountPoints, ...Object.keys(GENERATED_FILES)].every((name) =>
    existsSync(join(folder, name)),
  );
}

/** Makes a folder with those above it, as `writeReadable` makes a file. */
function makeReadable(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  makeReadable(dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, 0o755);
}
