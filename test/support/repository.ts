import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import type { ObjectFormat } from '../../src/git/objects/object-name.js';

/** A file of a temporary repository: its content, an executable file, or a symbolic link. */
export type TestFile = string | Buffer | { readonly executable: string } | { readonly link: string };
/** Files by path; null deletes a file. */
export type TestFiles = Readonly<Record<string, TestFile | null>>;

/** A person's environment for git, without their configuration and with fixed dates. */
export const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_AUTHOR_DATE: '1760000000 +0200',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
  GIT_COMMITTER_DATE: '1760000000 +0200',
};

/** A user's repository in a folder of its own. */
export class TestRepository {
  /** @param format how it names its objects */
  constructor(
    readonly root: string,
    format: ObjectFormat = 'sha1',
  ) {
    mkdirSync(root, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main', `--object-format=${format}`);
  }

  /** Runs git in the repository. Returns its output without the last line break. */
  git(...args: readonly string[]): string {
    return this.gitWith('', ...args);
  }

  /** Like `git`, with the given stdin. */
  gitWith(input: string | Buffer, ...args: readonly string[]): string {
    const output = execFileSync('git', args, { cwd: this.root, env: ENVIRONMENT, input, stdio: 'pipe' });
    return output.toString('utf8').replace(/\n$/, '');
  }

  /** Writes files into the work tree without committing them. */
  write(files: TestFiles): void {
    for (const [path, file] of Object.entries(files)) writeFile(join(this.root, path), file);
  }

  /** Writes files and commits everything in the work tree. */
  commit(files: TestFiles, message = 'A change'): CommitSha {
    this.write(files);
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', message);
    return this.head();
  }

  head(): CommitSha {
    return commitSha(this.git('rev-parse', 'HEAD'));
  }
}

function writeFile(path: string, file: TestFile | null): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  if (file === null) return;
  if (typeof file === 'string' || Buffer.isBuffer(file)) writeFileSync(path, file);
  else if ('link' in file) symlinkSync(file.link, path);
  else {
    writeFileSync(path, file.executable);
    chmodSync(path, 0o755);
  }
}

/** A folder for one test file's repositories and stores; `remove` deletes it. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'leadwright-git-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A repository with one commit. */
export function makeRepository(
  root: string,
  files: TestFiles = { 'a.txt': 'a\n' },
  format?: ObjectFormat,
): TestRepository {
  const repository = new TestRepository(root, format);
  repository.commit(files, 'Start');
  return repository;
}
