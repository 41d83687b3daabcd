/** Whether the models of a run can be called from this environment, before anything is started or spent. */
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import { deferred } from '../../shared/async/deferred.js';
import { checkCredentials } from '../../model/clouds/open-client.js';
import { CredentialsError, passesByItself } from '../../model/credentials.js';
import {
  endpointOf,
  endpointProblem,
  type CloudEndpoint,
  type EndpointProblem,
} from '../../model/endpoint.js';
import { SCRIPTED_MODEL } from '../../model/known-models.js';
import { priceOf } from '../../model/prices.js';
import { providerFacts, type CloudProvider } from '../../model/providers.js';
import { modelsOf } from '../../plan/choose-model.js';
import type { Plan } from '../../plan/plan-schema.js';
import { formatList } from '../../shared/words/format.js';
import { warn } from '../print/output.js';

/**
 * @throws EnvironmentError when the run needs a real model and this environment has none
 * @throws UsageError for an unknown provider
 */
export async function checkModel(env: Environment, model: string): Promise<void> {
  const endpoint = endpointOf(env);
  if (model === SCRIPTED_MODEL) return;
  refuse(
    endpointProblem(endpoint) ?? (endpoint.provider === undefined ? null : await credentialProblem(endpoint)),
  );
}

/**
 * Checks the settings of the model for a dry run, which needs none: warns when there is none, and refuses an unusable
 * address of the Messages API, which is a mistake.
 * @throws EnvironmentError
 * @throws UsageError for an unknown provider
 */
export function checkUnusedModel(env: Environment, model: string): void {
  const endpoint = endpointOf(env);
  if (model === SCRIPTED_MODEL) return;
  const problem = endpointProblem(endpoint);
  if (endpoint.provider === undefined && endpoint.baseUrl !== undefined) refuse(problem);
  if (problem !== null)
    warn(`${problem.message}. A dry run needs no model, but the run will. ${problem.fix}`);
}

function refuse(problem: EndpointProblem | null): void {
  if (problem !== null) throw new EnvironmentError(problem.message, problem.fix);
}

/** The models that a run of the plan may call and whose price is not known: neither listed nor in the plan. */
export function modelsWithoutPrice(plan: Plan, model: string): string[] {
  return modelsOf(plan, model).filter((each) => priceOf(each, plan.prices) === null);
}

/**
 * Warns of models whose names may be misspelt: a run's plan is fixed, so a task whose own model does not exist can only be
 * skipped, accepted or handed in.
 */
export function warnOfUnknownModels(plan: Plan, model: string): void {
  const unknown = modelsWithoutPrice(plan, model).filter((each) => !Object.hasOwn(plan.limits, each));
  if (unknown.length === 0) return;
  warn(
    `Leadwright does not know ${formatList(unknown)}: check the spelling. For a model of your own, give its \`limits\` and its price (\`prices\`) in the plan`,
  );
}

/**
 * Longest wait for credentials. A machine without any is asked for those of a cloud's virtual machine, which takes some
 * seconds to fail; a person who is asked to log in by a command of theirs needs longer.
 */
const CREDENTIALS_MS = 60_000;

/** Fetches a cloud's credentials; null when there are some, or when only their issuer is out of reach at the moment. */
export async function credentialProblem(endpoint: CloudEndpoint): Promise<EndpointProblem | null> {
  const late = deferred<EndpointProblem>();
  const timer = setTimeout(() => {
    late.resolve(problemOf(endpoint, `none were given within ${CREDENTIALS_MS / 1000} s`));
  }, CREDENTIALS_MS);
  try {
    return await Promise.race([late.promise, findProblem(endpoint)]);
  } finally {
    clearTimeout(timer);
  }
}

async function findProblem(endpoint: CloudEndpoint): Promise<EndpointProblem | null> {
  try {
    await checkCredentials(endpoint);
    return null;
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    return passesByItself(error) ? null : problemOf(endpoint, messageOf(error));
  }
}

function problemOf({ provider, settings }: CloudEndpoint, why: string): EndpointProblem {
  return {
    message: `There are no credentials for ${providerFacts(provider).name} (LEADWRIGHT_PROVIDER=${provider}): ${why.replace(/\.$/, '')}`,
    fix: FIXES[provider](settings),
  };
}

const FIXES: Readonly<Record<CloudProvider, (settings: CloudEndpoint['settings']) => string>> = {
  bedrock: () =>
    'Set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE after `aws sso login`.',
  vertex: (settings) => {
    const project =
      settings['ANTHROPIC_VERTEX_PROJECT_ID'] === undefined ? '; and set ANTHROPIC_VERTEX_PROJECT_ID' : '';
    return `Set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account, or run \`gcloud auth application-default login\`${project}.`;
  },
  foundry: () => 'Set ANTHROPIC_FOUNDRY_API_KEY.',
};
