/** Why a run cannot start from its base: what a command at the base showed, and what a person can do. Pure. */
import { NOT_DONE } from '../results/verdict.js';
import { detectLanguage, languageTemplate } from './language-templates.js';
import type { Plan } from './plan-schema.js';

/** What running a command at the base showed, when it was not green. */
export interface BaseFinding {
  /** The key of the plan that has the command. */
  readonly key: 'test' | 'verify';
  /** The command, as the plan has it. */
  readonly command: string;
  /** The set-up failed, so the test did not run. */
  readonly failedSetup: boolean;
  /** A command was not found. */
  readonly notFound: boolean;
  /** The verdict in one line. */
  readonly summary: string;
  /** The end of the output. */
  readonly output: string;
}

export interface BaseProblem {
  readonly code: 'setup_failed' | 'command_not_found' | 'base_red';
  readonly message: string;
  readonly fix: string;
}

/** What programs print when a package is not installed. */
const NO_PACKAGE =
  /Cannot find (?:module|package)|ERR_MODULE_NOT_FOUND|ModuleNotFoundError|No module named|could not find gem/i;

/** What programs print when they cannot connect to a server. */
const NO_CONNECTION =
  /\b(?:ECONNREFUSED|ENETUNREACH|ENOTFOUND|EAI_AGAIN)\b|connection refused|network is unreachable|name resolution|name or service not known|could not translate host name|no such host/i;

/** What npm, pip, uv, curl, git, cargo and go print when they do not trust who signed a server's certificate. */
const NO_TRUST =
  /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)|self.signed certificate|CERTIFICATE_VERIFY_FAILED|certificate verify failed|unable to (?:get|verify) (?:local issuer|the first) certificate|SSL certificate problem|UnknownIssuer|signed by unknown authority/i;

/**
 * Explains a finding.
 * @param paths the files at the base
 */
export function baseProblem(
  plan: Pick<Plan, 'setup' | 'network'>,
  { key, command, failedSetup, notFound, summary, output }: BaseFinding,
  paths: readonly string[],
): BaseProblem {
  if (failedSetup && plan.setup !== null) return setupProblem(plan.setup, plan.network, { summary, output });
  const install =
    (notFound || NO_PACKAGE.test(output)) && plan.setup === null ? installFix(paths, command) : null;
  if (notFound)
    return {
      code: 'command_not_found',
      message: `${key === 'test' ? 'The test' : '`verify`'} (${command}) cannot run: ${summary}`,
      fix: install ?? missingFileFix(command, summary) ?? 'Install what is missing, or correct the plan.',
    };
  return {
    code: 'base_red',
    message: `The test (${command}) is red before anything was changed: ${summary}`,
    fix:
      install === null
        ? `${redFix(plan.setup, output, summary)}, or start the run with --allow-red-base.`
        : `${install} If what is missing is what the tasks are to make, start the run with --allow-red-base.`,
  };
}

/** What to do about a red test whose packages no set-up would install. A sentence without its end. */
function redFix(setup: string | null, output: string, summary: string): string {
  if (setup !== null && NO_PACKAGE.test(output))
    return `Let \`setup\` (${setup}) install what is missing, this repository's own package too if tests import it, or correct the test`;
  if (NO_CONNECTION.test(output)) return NETWORK_FIX;
  if (summary.startsWith(NOT_DONE)) return 'Raise `timeout.test`, or find out what it waits for';
  return 'Fix what it reports';
}

const NETWORK_FIX =
  'In the sandbox, tests reach no network and no service of this machine. Start what they need within the test command, or leave those tests out of it';

/** Null when what was not found is no file of the repository. */
function missingFileFix(command: string, summary: string): string | null {
  const file = /(?:^|[\s;&|(])((?!\/)[\w.@/-]+\/[\w.@/-]+)/.exec(command)?.[1];
  return file !== undefined && summary.includes(file)
    ? `Tests run with the commit's files alone, without those that git ignores: commit ${file}, let \`setup\` make it, or correct the plan.`
    : null;
}

function setupProblem(
  setup: string,
  network: Plan['network'],
  { summary, output }: Pick<BaseFinding, 'summary' | 'output'>,
): BaseProblem {
  // A verdict's summary begins with the set-up that gave it.
  const reason = summary.replace(`set-up (${setup}): `, '');
  return {
    code: 'setup_failed',
    message: `The set-up (${setup}) failed, so nothing was tested: ${reason}`,
    fix: setupFix(network, output),
  };
}

function setupFix(network: Plan['network'], output: string): string {
  if (network === 'none')
    return 'It has no network: if it downloads packages, add `network: setup` to the plan.';
  return NO_TRUST.test(output) ? TRUST_FIX : 'Correct it, or what it reports.';
}

const TRUST_FIX =
  'It does not trust the certificate of a server. If a proxy of your company signs certificates, install its authority on this machine (`update-ca-certificates`), and name the variable by which the tool finds it under `env` in the plan: NODE_EXTRA_CA_CERTS, PIP_CERT, SSL_CERT_FILE or the like, set to /etc/ssl/certs/ca-certificates.crt.';

/** Null when no file at the base tells how its packages are installed. */
function installFix(paths: readonly string[], command: string): string | null {
  const folder = /^\s*cd\s+(?:\.\/)?([\w@.-]+(?:\/[\w@.-]+)*)\/?\s*&&/.exec(command)?.[1];
  const tested = folder === undefined ? paths : namesIn(folder, paths);
  const language = detectLanguage(tested);
  if (language === null) return null;
  const { setup: install, test } = languageTemplate(language, tested, null);
  const setup = folder === undefined ? install : `cd ${folder} && ${install}`;
  // The program that a shell finds does not see what is in .venv.
  const itsOwn =
    language === 'python' && folder === undefined && !OWN_PYTHON.test(command)
      ? `, and test with what it makes: \`test: ${test}\``
      : '';
  return `Tests run in a sandbox with the commit's files alone, where no package is installed: add \`setup: ${setup}\` and \`network: setup\` to the plan${itsOwn}.`;
}

function namesIn(folder: string, paths: readonly string[]): string[] {
  const start = `${folder}/`;
  return paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
}

/** Names the Python that a set-up makes. */
const OWN_PYTHON = /\.venv\/|\buv run\b/;
