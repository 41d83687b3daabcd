/** What a command sees of /etc: copies of some of the machine's files, some generated ones, and some folders. */
import { copyFileSync, chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
  /** Differs when a file was changed, as when packages are installed on the machine. */
  readonly version: string;
}

/** Looks which of the files and folders are there: some microseconds, so it is done for each command. */
export function readEtcState(etc = '/etc'): EtcState {
  const found = SYSTEM_FILES.flatMap((name) => {
    const stats = statSync(join(etc, name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, stats }];
  });
  const files = found.filter(({ stats }) => stats.isFile());
  const folders = found.filter(({ stats }) => stats.isDirectory());
  return {
    files: files.map(({ name }) => name),
    folders: folders.map(({ name }) => name),
    version: [
      ...files.map(({ name, stats }) => `${name} ${stats.ino} ${stats.size} ${stats.mtimeMs}`),
      ...folders.map(({ name }) => name),
    ].join('\n'),
  };
}

/** Writes the files into a new folder, which every user can read. Folders become empty ones, to mount the machine's on. */
export function writeEtc(folder: string, { files, folders }: EtcState, etc = '/etc'): void {
  makeReadable(folder);
  for (const name of folders) makeReadable(join(folder, name));
  for (const name of files) {
    makeReadable(dirname(join(folder, name)));
    copyFileSync(join(etc, name), join(folder, name));
    chmodSync(join(folder, name), 0o644);
  }
  for (const [name, text] of Object.entries(GENERATED_FILES)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o644);
  }
}

/** Whether nothing of what `writeEtc` made is gone. */
export function isComplete(folder: string, { files, folders }: EtcState): boolean {
  return [...files, ...folders, ...Object.keys(GENERATED_FILES)].every((name) =>
    existsSync(join(folder, name)),
  );
}

/** Also where this process's umask would not let others read it. */
function makeReadable(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  makeReadable(dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, 0o755);
}
