import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HomePaths } from '../../shared/config.js';
import { runGit } from '../../git/process/git-process.js';
import { TIME_LIMIT } from '../../git/process/git-limits.js';
import { exists } from '../../shared/files/exists.js';
import { packageRoot } from '../../shared/files/package-root.js';

/** The files of the built-in example: its plan, and the project from which its repository is created. */
export const EXAMPLE = {
  plan: join(packageRoot, 'examples', 'bookshop', 'leadwright.yaml'),
  project: join(packageRoot, 'examples', 'bookshop', 'project'),
} as const;

/** The folder of the example's repository below LEADWRIGHT_HOME, which is created the first time. */
export async function exampleRepository(paths: HomePaths): Promise<string> {
  if (await exists(paths.example)) return paths.example;
  await mkdir(dirname(paths.example), { recursive: true, mode: 0o700 });
  // Created under another name and then renamed, so that a killed command or two simultaneous ones never leave a
  // partial repository.
  const draft = await mkdtemp(`${paths.example}.`);
  await cp(EXAMPLE.project, draft, { recursive: true });
  // npm does not pack files named `.gitignore`.
  await rename(join(draft, 'gitignore'), join(draft, '.gitignore'));
  await git(draft, ['init', '--quiet', '--template=', '--initial-branch=main']);
  await git(draft, ['add', '--all']);
  await git(draft, ['commit', '--quiet', '--message=The bookshop, as it stands']);
  await rename(draft, paths.example).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(paths.example))) throw error;
  });
  return paths.example;
}

async function git(folder: string, args: readonly string[]): Promise<void> {
  const identity = { name: 'Bookshop', email: 'bookshop@localhost' };
  await runGit({
    gitDir: null,
    cwd: folder,
    args,
    env: {
      GIT_AUTHOR_NAME: identity.name,
      GIT_AUTHOR_EMAIL: identity.email,
      GIT_COMMITTER_NAME: identity.name,
      GIT_COMMITTER_EMAIL: identity.email,
    },
    timeLimitMs: TIME_LIMIT.few,
  });
}
