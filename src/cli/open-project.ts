import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { nonEmpty, type Environment } from '../shared/config.js';
import { EnvironmentError, UsageError, messageOf } from '../contract/errors.js';
import { inspectRepository, type UserRepository } from '../git/user/user-repository.js';
import { endpointOf, hasModel } from '../model/endpoint.js';
import { DEFAULT_MODEL, SCRIPTED_MODEL } from '../model/prices.js';
import { parsePlan } from '../plan/parse-plan.js';
import type { Plan } from '../plan/plan-schema.js';
import { EXAMPLE, exampleRepository } from './example.js';
import { pathsOf } from './session.js';

/** What `run` works on, checked: nothing was started or written for it yet. */
export interface Project {
  readonly plan: Plan;
  readonly repository: UserRepository;
  readonly model: string;
  /** Where it is called: a base URL, empty for the default one and for the scripted model. */
  readonly modelEndpoint: string;
  /** The built-in example. */
  readonly example: boolean;
}

export interface ProjectOptions {
  readonly repo?: string | undefined;
  readonly plan?: string | undefined;
  readonly model?: string | undefined;
  readonly allowPointers?: boolean | undefined;
  /** Whether a model must be there: not for a dry run. */
  readonly needsModel: boolean;
}

const PLAN_FILE = 'leadwright.yaml';

/**
 * The plan and the repository that a command names; without either, the built-in example. Every problem of the
 * plan at once (UsageError); whatever of the environment is not ready (EnvironmentError).
 */
export async function openProject(env: Environment, options: ProjectOptions): Promise<Project> {
  const example = options.repo === undefined && options.plan === undefined;
  if (example) return openExample(env, options);
  const folder = resolve(options.repo ?? '.');
  // A plan that is named is looked at first: it needs nothing of the machine, and its problems are many.
  const named = options.plan === undefined ? null : await readPlan(resolve(options.plan));
  const repository = await inspectRepository(folder);
  const plan = named ?? (await readPlan(join(repository.root, PLAN_FILE)));
  checkPointers(repository, options.allowPointers === true);
  const model = modelOf(env, options.model, plan, DEFAULT_MODEL);
  if (options.needsModel) checkModel(env, model);
  return { plan, repository, model, modelEndpoint: baseUrlOf(env, model), example: false };
}

async function openExample(env: Environment, options: ProjectOptions): Promise<Project> {
  const plan = await readPlan(EXAMPLE.plan);
  const repository = await inspectRepository(await exampleRepository(pathsOf(env)));
  // Always scripted, even when a key is set: nobody pays for a look.
  const model = options.model ?? SCRIPTED_MODEL;
  if (options.needsModel) checkModel(env, model);
  return { plan, repository, model, modelEndpoint: baseUrlOf(env, model), example: true };
}

async function readPlan(file: string): Promise<Plan> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(
      `The plan ${file} cannot be read: ${messageOf(error)}. Write one with: leadwright init`,
    );
  });
  const parsed = parsePlan(bytes);
  if (parsed.ok) return parsed.plan;
  const count = parsed.problems.length;
  throw new UsageError(
    `The plan ${file} has ${count} ${count === 1 ? 'problem' : 'problems'}:`,
    parsed.problems,
  );
}

function modelOf(env: Environment, option: string | undefined, plan: Plan, fallback: string): string {
  return option ?? plan.model ?? nonEmpty(env['LEADWRIGHT_MODEL']) ?? fallback;
}

function baseUrlOf(env: Environment, model: string): string {
  return model === SCRIPTED_MODEL ? '' : (endpointOf(env).baseUrl ?? '');
}

/** EnvironmentError when this environment has no model to call, and the run needs one. */
export function checkModel(env: Environment, model: string): void {
  if (model === SCRIPTED_MODEL) return;
  const endpoint = endpointOf(env);
  if (endpoint.baseUrl !== undefined && !isWebAddress(endpoint.baseUrl)) {
    throw new EnvironmentError(
      `ANTHROPIC_BASE_URL is ${JSON.stringify(endpoint.baseUrl)}, which is no web address`,
      'Set it to one with its scheme, such as https://api.example.com, or unset it.',
    );
  }
  if (hasModel(endpoint)) return;
  throw new EnvironmentError(
    'There is no model to call: neither ANTHROPIC_API_KEY nor ANTHROPIC_BASE_URL is set',
    'Set ANTHROPIC_API_KEY (https://console.anthropic.com), or ANTHROPIC_BASE_URL for a Messages API of your own.',
  );
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function checkPointers({ root, submodules, lfsFiles }: UserRepository, allowed: boolean): void {
  if (allowed || submodules.length + lfsFiles.length === 0) return;
  const found = [
    ...(submodules.length > 0 ? [`submodules (${some(submodules)})`] : []),
    ...(lfsFiles.length > 0 ? [`Git LFS files (${some(lfsFiles)})`] : []),
  ].join(' and ');
  throw new EnvironmentError(
    `${root} has ${found}, whose content agents and tests would not see`,
    'Start the run with --allow-pointers if that does not matter.',
  );
}

function some(paths: readonly string[]): string {
  return paths.length <= 3
    ? paths.join(', ')
    : `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more`;
}
