/**
 * Files that later run on the user's machine, or decide what runs there: when the repository is opened in an editor,
 * committed to, entered in a shell, given to an agent, or pushed to a CI server. Pure.
 */
import { foldedName } from '../git/objects/tree-path.js';
import { compileGlob } from '../plan/glob.js';

const GLOBS = [
  // shells and tool managers, on entering the folder
  '.{envrc,direnvrc,autoenv,mise.toml,exrc,vimrc,nvimrc,nvim.lua,dir-locals.el,gdbinit,lldbinit}',
  '{mise,.mise}.toml',
  // git, and managers of its hooks
  '.{git*hooks,githooks,hooks,husky}/**/*',
  '.{gitattributes,gitmodules,gitconfig,huskyrc*,lintstagedrc*,overcommit.yml,pre-commit-config.*,pre-commit-hooks.*}',
  '{,.}lefthook{,-local}.{yml,yaml,toml,json,jsonc}',
  '{lint-staged,.simple-git-hooks,simple-git-hooks}.*',
  // editors and development containers
  '.{vscode,vscode-insiders,idea,fleet,zed,devcontainer}/**/*',
  '*.code-workspace',
  '.{devcontainer.json,gitpod.yml,gitpod.dockerfile}',
  // agents and their instructions
  '.{claude,cursor,codex,gemini,windsurf,continue,aider,roo,clinerules}/**/*',
  '.{cursorrules,windsurfrules,clinerules,aider*,mcp.json}',
  '{claude,claude.local,agent,agents,gemini,copilot-instructions}.md',
  '*.instructions.md',
  // CI
  '.github/{workflows,actions}/**/*',
  '.{circleci,buildkite,woodpecker,semaphore}/**/*',
  '.{gitlab-ci,travis,drone,woodpecker,cirrus,appveyor}.{yml,yaml}',
  '{azure-pipelines,bitbucket-pipelines,appveyor,cloudbuild}.{yml,yaml}',
  'jenkinsfile',
].map((glob) => compileGlob(`**/${glob}`));

/** Whether a file at this path runs on the user's machine, or decides what runs there. */
export function runsOnUserMachine(path: string): boolean {
  const names = path.split('/');
  // A shell expands `*` to such a name, and the program takes it for an option.
  if (names.some((name) => name.startsWith('-'))) return true;
  // Without regard to case: on macOS and Windows a tool finds the file whatever its spelling.
  const folded = names.map(foldedName).join('/');
  return GLOBS.some((matches) => matches(folded));
}

/** The files of landed tasks that run on the user's machine, in order and each once. */
export function userMachineFiles(
  tasks: readonly { readonly commit: string | null; readonly filesModified: readonly string[] }[],
): string[] {
  const landed = tasks.filter(({ commit }) => commit !== null).flatMap(({ filesModified }) => filesModified);
  return [...new Set(landed.filter(runsOnUserMachine))].sort();
}
