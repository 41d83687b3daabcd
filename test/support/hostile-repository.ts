import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CommitSha } from '../../src/contract/ids.js';
import { TestRepository } from './repository.js';

const HOOKS = [
  ...['applypatch-msg', 'pre-applypatch', 'post-applypatch', 'pre-commit', 'pre-merge-commit', 'commit-msg'],
  ...['prepare-commit-msg', 'post-commit', 'pre-rebase', 'post-checkout', 'post-merge', 'pre-push'],
  ...['pre-receive', 'update', 'proc-receive', 'post-receive', 'post-update', 'reference-transaction'],
  ...['push-to-checkout', 'pre-auto-gc', 'post-rewrite', 'sendemail-validate', 'fsmonitor-watchman'],
  ...['p4-changelist', 'p4-prepare-changelist', 'p4-post-changelist', 'p4-pre-submit', 'post-index-change'],
];

/** Git settings that name a program to run (`run`) or a file to write (below `elsewhere`). */
function settings(run: string, elsewhere: string): string {
  const shell = JSON.stringify(run);
  const script = JSON.stringify(`!${run}`);
  const drivers = ['evil', '', '\xff'].flatMap((name) => [
    `[filter "${name}"]\nclean = ${shell}\nsmudge = ${shell}\nprocess = ${shell}\nrequired = true`,
    `[diff "${name}"]\ncommand = ${shell}\ntextconv = ${shell}\nxfuncname = "("`,
    `[merge "${name}"]\ndriver = ${shell}\nname = evil`,
  ]);
  return [
    ...drivers,
    // git 2.54 and later: hooks that have no file.
    `[hook "evil"]\ncommand = ${shell}\n${HOOKS.map((hook) => `event = ${hook}`).join('\n')}`,
    `[core]\nfsmonitor = ${shell}\npager = ${shell}\neditor = ${shell}\nsshCommand = ${shell}\naskPass = ${shell}`,
    `[core]\ngitProxy = ${shell}\nalternateRefsCommand = ${shell}\nlogAllRefUpdates = always\ncommitGraph = true`,
    `[core]\nattributesFile = ${elsewhere}/attributes\nhooksPath = ${elsewhere}/hooks\nbigFileThreshold = 4g`,
    `[diff]\nexternal = ${shell}\nsubmodule = diff\n[interactive]\ndiffFilter = ${shell}`,
    `[pager]\nstatus = ${shell}\ndiff = ${shell}\nconfig = ${shell}\nrev-parse = ${shell}\nfor-each-ref = ${shell}`,
    `[alias]\nstatus = ${script}\nworktree = ${script}\nrev-parse = ${script}\nupdate-ref = ${script}`,
    `[credential]\nhelper = ${script}\n[gpg]\nprogram = ${shell}\n[commit]\ngpgSign = true\n[log]\nshowSignature = true`,
    `[uploadpack]\npackObjectsHook = ${shell}\n[trailer "x"]\ncommand = ${shell}\n[sequence]\neditor = ${shell}`,
    `[tar "tar"]\ncommand = ${shell}\n[tar "tar.gz"]\ncommand = ${shell}\n[gc]\nauto = 1\n[maintenance]\nauto = true`,
    `[remote "origin"]\nurl = "ext::${run}"\nvcs = evil\npromisor = true\npartialCloneFilter = blob:none`,
    `uploadpack = ${shell}\nreceivepack = ${shell}\n[extensions]\npartialClone = origin`,
    `[protocol]\nallow = always\n[protocol "ext"]\nallow = always\n[fetch]\nbundleURI = file://${elsewhere}/bundle`,
    `[trace2]\neventTarget = ${elsewhere}/trace2\nnormalTarget = ${elsewhere}/trace2\nperfTarget = ${elsewhere}/trace2`,
    `[init]\ntemplateDir = ${elsewhere}/hooks\n[mailmap]\nfile = ${elsewhere}/attributes\n[submodule]\nrecurse = true`,
    `[include]\npath = ${elsewhere}/included\n[includeIf "gitdir:/"]\npath = ${elsewhere}/included`,
    '',
  ].join('\n');
}

const ATTRIBUTES = Buffer.concat([
  Buffer.from('* filter=evil diff=evil merge=evil ident export-subst text eol=crlf\n'),
  Buffer.from('*.empty filter= diff= merge=\n*.ff filter=\xff diff=\xff merge=union\n', 'latin1'),
  Buffer.from('*.gone export-ignore\n*.utf16 working-tree-encoding=UTF-16\n'),
]);

/** Files whose bytes any conversion would change. */
export const HOSTILE_FILES: Readonly<Record<string, string>> = {
  'a.evil': 'one $Id$ $Format:%H$\r\n',
  'b.empty': 'two\r\n',
  'c.ff': 'three\n',
  'd.gone': 'four\n',
  'e.utf16': 'five\n',
  '$Id$.txt': '$Format:%an$\n',
};

/** Bytes of the large file: zeros, which are quick to create and compress to 0.2 MB. */
export const LARGE_BYTES = 200 * 1024 * 1024;
/** Files in the large tree: a hundred folders of a thousand files each. */
export const MANY_FILES = 100_000;

export interface HostileRepository {
  readonly user: TestRepository;
  /** An equally hostile repository, whose objects `user` borrows through its alternates. */
  readonly lender: TestRepository;
  /** A file that exists once any program of the repository ran. */
  readonly marker: string;
  /** A folder that links and settings of the repository point to. */
  readonly elsewhere: string;
}

/** A repository from an attacker who wants to run a program or write a file on this machine. */
export function hostileRepository(folder: string): HostileRepository {
  const [marker, elsewhere] = [join(folder, 'marker'), join(folder, 'elsewhere')];
  const run = `touch ${marker}`;
  makeElsewhere(elsewhere, run);
  const lender = new TestRepository(join(folder, 'lender'));
  const head = hostileCommit(lender, elsewhere);
  arm(lender, run, elsewhere);
  const user = new TestRepository(join(folder, 'user'));
  writeFileSync(
    join(user.root, '.git/objects/info/alternates'),
    `../../../lender/.git/objects\n${elsewhere}\n`,
  );
  user.write({ ...HOSTILE_FILES, '.gitattributes': ATTRIBUTES });
  user.git('read-tree', head);
  oddRefs(user, head, elsewhere);
  arm(user, run, elsewhere);
  // A touched file: to check whether it changed, git would run its filter.
  user.write({ 'a.evil': HOSTILE_FILES['a.evil'] ?? '' });
  return { user, lender, marker, elsewhere };
}

function makeElsewhere(elsewhere: string, run: string): void {
  mkdirSync(join(elsewhere, 'hooks'), { recursive: true });
  writeFileSync(join(elsewhere, 'attributes'), '* filter=evil\n');
  writeFileSync(join(elsewhere, 'included'), `[core]\n\tfsmonitor = ${run}\n\teditor = ${run}\n`);
  for (const hook of HOOKS) writeHook(join(elsewhere, 'hooks', hook), run);
}

function hostileCommit(repository: TestRepository, elsewhere: string): CommitSha {
  const blob = (content: Buffer | string) => repository.gitWith(content, 'hash-object', '-w', '--stdin');
  const tree = (entries: readonly Buffer[]) =>
    repository.gitWith(Buffer.concat(entries), 'mktree', '-z', '--missing');
  const zeros = join(repository.root, 'zeros');
  writeFileSync(zeros, '');
  truncateSync(zeros, LARGE_BYTES);
  const large = repository.git('hash-object', '-w', '--no-filters', zeros);
  rmSync(zeros);
  const small = blob('x');
  const thousand = tree(
    Array.from({ length: 1000 }, (_, index) => entry('100644', small, `f${String(index).padStart(4, '0')}`)),
  );
  const many = tree(
    Array.from({ length: MANY_FILES / 1000 }, (_, index) =>
      entry('040000', thousand, `d${String(index).padStart(3, '0')}`),
    ),
  );
  const root = tree([
    ...Object.entries(HOSTILE_FILES).map(([name, content]) => entry('100644', blob(content), name)),
    entry('100644', blob(ATTRIBUTES), '.gitattributes'),
    entry('100644', large, 'large.bin'),
    entry('040000', many, 'many'),
    entry('120000', blob(elsewhere), 'link'),
    entry('120000', blob('../../../../../..'), 'up'),
    ...['caf\xe9.txt', '\xff\xfe', 'line\nbreak', '-rf', '--exec=touch', '\x1b[31m'].map((name) =>
      entry('100644', small, name),
    ),
  ]);
  const commit = repository.git('commit-tree', root, '-m', 'Innocent');
  repository.git('update-ref', 'refs/heads/main', commit);
  return repository.head();
}

function entry(mode: string, sha: string, name: string): Buffer {
  const type = mode === '040000' ? 'tree' : 'blob';
  return Buffer.concat([Buffer.from(`${mode} ${type} ${sha}\t`), Buffer.from(`${name}\0`, 'latin1')]);
}

/** Creates branches with unusual names or invalid contents. */
function oddRefs(user: TestRepository, head: CommitSha, elsewhere: string): void {
  const heads = join(user.root, '.git/refs/heads');
  user.git('update-ref', 'refs/heads/main', head);
  user.git('update-ref', 'refs/tags/leadwright/r1', head);
  user.git('replace', '-f', head, user.git('commit-tree', `${head}^{tree}`, '-m', 'Replaced'));
  writeFileSync(join(heads, '-rf'), `${head}\n`);
  writeFileSync(Buffer.from(`${heads}/caf\xe9`, 'latin1'), `${head}\n`);
  writeFileSync(join(heads, 'broken'), 'not a commit\n');
  writeFileSync(join(heads, 'round'), 'ref: refs/heads/round\n');
  writeFileSync(join(heads, 'out'), `ref: ../../../elsewhere/ref\n`);
  symlinkSync(join(elsewhere, 'ref'), join(heads, 'linked'));
  writeFileSync(join(user.root, '.git/info/grafts'), `${head} ${'1'.repeat(40)}\n`);
}

function arm(repository: TestRepository, run: string, elsewhere: string): void {
  const gitDir = join(repository.root, '.git');
  mkdirSync(join(gitDir, 'hooks'), { recursive: true });
  for (const hook of HOOKS) writeHook(join(gitDir, 'hooks', hook), run);
  mkdirSync(join(gitDir, 'info'), { recursive: true });
  writeFileSync(join(gitDir, 'info/attributes'), ATTRIBUTES);
  appendFileSync(join(gitDir, 'config'), Buffer.from(settings(run, elsewhere), 'latin1'));
}

function writeHook(path: string, run: string): void {
  writeFileSync(path, `#!/bin/sh\n${run}\n`);
  chmodSync(path, 0o755);
}
