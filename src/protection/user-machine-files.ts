/**
 * Files that later run on the user's machine, or decide what runs there: when the repository is opened in an editor,
 * committed to, entered in a shell, given to an agent, or pushed to a CI server. Pure.
 */
import { foldedPath } from '../git/objects/tree-path.js';
import { compileGlob, type Glob } from '../plan/glob.js';

const GLOBS = [
  // shells and tool managers, on entering the folder
  '.{rvmrc,stackblitzrc,envrc,direnvrc,autoenv{,.zsh,_leave.zsh},tool-versions,exrc,vimrc,lvimrc,nvimrc,nvim.lua,dir-locals*.el,gdbinit,lldbinit}',
  // what managers of versions start under the name of an interpreter: some take a path as a version
  '.{nvmrc,sdkmanrc,python-version{,s}}',
  '.{node,ruby,java,go,php,perl,elixir,erlang,crystal,scala,terraform}-version',
  '{mise,.mise}{,.*}.toml',
  '{mise,.mise}/**/*',
  '{.flox,.shadowenv.d}/**/*',
  '{flake,shell,devenv,default}.nix',
  'devenv.{yaml,yml}',
  'devbox.json',
  // package managers, on any command of theirs: what they start or load, and where they send what the environment has
  '.{npmrc,yarnrc,yarnrc.yml,pnpmfile.cjs,pnpmfile.mjs,prototools}',
  '.pnp.{cjs,loader.mjs}',
  'bunfig.toml',
  '.yarn/{releases,plugins}/**/*',
  '{uv,poetry}.toml',
  '.pdm-python',
  // the programs of an environment, which a shell or an editor activates
  '{.venv,venv}/**/*',
  '{pixi.toml,.pixi/**/*}',
  'tools/bazel',
  '.cargo/config{,.toml}',
  'rust-toolchain{,.toml}',
  '{.mvn,gradle/wrapper}/**/*',
  '.bundle/config',
  'nuget.config',
  '.config/dotnet-tools.json',
  // consoles and debuggers of languages, when they start there
  'jupyter_*config.{py,json}',
  '.{rprofile,renviron,rdata,octaverc,psysh.php,perldb,irbrc,pryrc,rdbgrc,byebugrc,ghci,ocamlinit,iex.exs,pdbrc,pdbrc.py}',
  // other version control, which has its hooks in a folder that git takes for an ordinary one
  '.{hg,jj,sl,svn,bzr}/**/*',
  // git, and managers of its hooks
  '.{git*hooks,githooks,hooks,husky}/**/*',
  '.{gitattributes,gitmodules,gitconfig,lfsconfig,huskyrc*,lintstagedrc*,overcommit.yml,pre-commit-config.*,pre-commit-hooks.*}',
  '{,.}lefthook{,-local}.{yml,yaml,toml,json,jsonc}',
  '.lefthook{,-local}/**/*',
  '{captainhook.json,.rusty-hook.toml,hk.pkl}',
  '{,.}grumphp.{yml,yaml}{,.dist}',
  '{.cargo-husky,.trunk}/**/*',
  '{lint-staged,.simple-git-hooks,simple-git-hooks}.*',
  'prek.toml',
  // what checks or writes messages of commits: programs of the repository, or their names
  'commitlint.config.*',
  '.{commitlintrc*,czrc,cz-config.*,cz.{toml,yaml,json}}',
  'cz.{toml,yaml,json}',
  // what git runs as a hook, wherever it is kept; a folder `hooks` may also hold ordinary code
  '{pre,post}-{commit,push,rebase,rewrite,checkout,merge,merge-commit,applypatch,receive,update,auto-gc,index-change}',
  '{applypatch,commit,prepare-commit}-msg',
  '{hooks/update,reference-transaction,push-to-checkout,proc-receive,fsmonitor-watchman,sendemail-validate}',
  // a bare repository among the files: git run in its folder starts the programs that its configuration names
  '*.git/**/*',
  // editors and development containers
  '.{vscode,vscode-insiders,idea,run,fleet,zed,helix,theia,nova,devcontainer,vs,vim,nvim,bsp,idx,codesandbox,externaltoolbuilders}/**/*',
  '.{lazy.lua,local.vimrc,replit}',
  'replit.nix',
  // servers of languages that an editor starts: these name programs, or code that they load
  '{hie.yaml,rust-analyzer.toml,buildserver.json}',
  '.{lsp,bloop,metals,nlsp-settings}/**/*',
  '.{neoconf.json,solargraph.yml,phpactor.json,phpactor.yml,ycm_extra_conf.py}',
  '{tasks,launch}.vs.json',
  // linters and formatters that an editor starts: these are programs, or may hold some
  '.{formatter.exs,luacheckrc,php-cs-fixer.php,php-cs-fixer.dist.php}',
  '{,.}pylintrc{,.toml}',
  '*.{code-workspace,sublime-project,sublime-workspace}',
  '.{devcontainer.json,gitpod.yml,gitpod.dockerfile}',
  '.{gitpod,ona}/**/*',
  // agents and their instructions
  '.{claude,cursor,codex,gemini,windsurf,continue,aider,roo,clinerules,agents,opencode,kiro,qwen,amazonq,junie,augment,trae,crush,kilocode,factory,goose,openhands,aiassistant,amp,cline,copilot,vibe,qoder,warp,codebuddy,zencoder,antigravity,rovodev,claude-plugin,tabnine,cody,sourcegraph,devin,firebender,codeium,bolt,agent,pi,grok,iflow}/**/*',
  '.{cursorrules,windsurfrules,clinerules,roorules,rules,goosehints,aider*,mcp.json,roomodes,kilocodemodes,openhands_instructions,augment-guidelines}',
  '{claude,agent,agents,gemini,qwen,crush,warp,iflow,copilot-instructions}{,.*}.md',
  '{,.}{opencode,crush}.{json,jsonc}',
  '{,.}crushrc',
  'gptme.toml',
  '.{voidrules,continuerules}',
  '*.instructions.md',
  '.github/{instructions,prompts,chatmodes,agents,hooks}/**/*',
  'skills/*/skill.md',
  '{airules,replit}.md',
  // the plan of the next run: its `on_blocker`, `on_end` and trusted MCP servers run outside the sandbox
  'leadwright.{yaml,yml}',
  // CI
  '.{github,gitea,forgejo}/{workflows,actions}/**/*',
  '.gitlab/{ci,agents,duo}/**/*',
  '.tangled/workflows/**/*',
  'ci_scripts/**/*',
  '.cnb.yml',
  '.{circleci,buddy,buildkite,woodpecker,semaphore,tekton,teamcity,rwx,depot,builds,azure-pipelines,azuredevops,harness,zuul.d}/**/*',
  '.{gitlab-ci*,travis,drone,woodpecker,cirrus,appveyor,build,taskcluster,zuul,readthedocs,packit,evergreen,vsts-ci,prow,onedev-buildspec}.{yml,yaml}',
  '.{drone.jsonnet,drone.star,cirrus.star}',
  '{azure-pipelines*,bitbucket-pipelines,appveyor,cloudbuild*,buildspec*,codemagic,bitrise,screwdriver,zuul,wercker,codefresh,buddy,garnix}.{yml,yaml}',
  'jenkinsfile{,.*,-*}',
  // what a host builds and runs of each branch
  '{netlify.toml,vercel.json,amplify.{yml,yaml},render.{yml,yaml},{railway,fly}.{toml,json},wrangler.{toml,json,jsonc},.platform.app.{yml,yaml}}',
  '{.upsun,.platform,.ebextensions}/**/*',
  // what merges by itself, or changes who may
  '{renovate.json,renovate.json5,.renovaterc*}',
  '.github/settings.yml',
  '.releaserc{,.*}',
  'release.config.*',
  '.mergify.{yml,yaml}',
  '.mergify/**/*',
  '.github/mergify.{yml,yaml}',
  '{.kodiak,bors}.toml',
];

/** Compiled when the first path is looked at: most commands look at none. */
let compiled: readonly Glob[] | undefined;

/** Whether a file at this path runs on the user's machine, or decides what runs there. */
export function runsOnUserMachine(path: string): boolean {
  const known = judged.get(path);
  if (known !== undefined) return known;
  const runs = judge(path);
  if (judged.size === MOST_JUDGED) judged.clear();
  judged.set(path, runs);
  return runs;
}

/** The paths that were judged lately: each step of a task asks about the same few. */
const judged = new Map<string, boolean>();
/** Of a few dozen bytes each as a rule; the longest that a path may be make four megabytes. */
const MOST_JUDGED = 1_000;

/**
 * A name that a shell acts on when a script or a CI job puts it into a command as it is, or when a person names it there
 * (`rm -r ~`). A dollar sign alone is ordinary: routes are named `$id.tsx`.
 */
const FOR_A_SHELL = /[`;&|<>"*?]|\$[({]|^~/;

function judge(path: string): boolean {
  const names = path.split('/');
  // A shell expands `*` to such a name, and the program takes it for an option.
  if (names.some((name) => name.startsWith('-'))) return true;
  // Compilers and linkers read options from such a file. A folder may be called so: `packages/@scope`.
  if (names.at(-1)?.startsWith('@') === true) return true;
  if (FOR_A_SHELL.test(path)) return true;
  // Without regard to case: on macOS and Windows a tool finds the file whatever its spelling.
  const folded = foldedPath(path);
  // Without this file, a folder of another name is no bare repository. A glob would match what is below it too.
  if (folded.endsWith('/head')) return true;
  compiled ??= GLOBS.map((glob) => compileGlob(`**/${glob}`));
  return compiled.some((matches) => matches(folded));
}

/** The files of landed tasks that run on the user's machine, in order and each once. */
export function userMachineFiles(
  tasks: readonly { readonly commit: string | null; readonly filesModified: readonly string[] }[],
): string[] {
  const landed = tasks.filter(({ commit }) => commit !== null).flatMap(({ filesModified }) => filesModified);
  return [...new Set(landed.filter(runsOnUserMachine))].sort();
}
