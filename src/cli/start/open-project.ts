import { join, resolve } from 'node:path';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError, UsageError, messageOf } from '../../contract/errors.js';
import { PLAN_FILE } from '../../contract/names.js';
import {
  FIRST_COMMIT,
  findRepositoryRoot,
  inspectRepository,
  type UserRepository,
} from '../../git/user/user-repository.js';
import { addressOf, endpointOf } from '../../model/endpoint.js';
import { DEFAULT_MODEL, SCRIPTED_MODEL } from '../../model/known-models.js';
import { effortProblems } from '../../plan/effort-problems.js';
import { parsePlan } from '../../plan/parse-plan.js';
import type { Plan } from '../../plan/plan-schema.js';
import { formatList } from '../../shared/words/format.js';
import { quoteIfNeeded } from '../../shared/process/shell.js';
import { checkModel, checkUnusedModel, warnOfUnknownModels } from './check-model.js';
import { EXAMPLE, exampleRepository } from './example.js';
import { errorCode } from '../../shared/error-code.js';
import { exists } from '../../shared/files/exists.js';
import { readInputFile } from '../input-file.js';
import { say, warn } from '../print/output.js';
import { pathsOf } from '../session/session.js';

/** The input of `run`, after all checks that need no stack. */
export interface Project {
  readonly plan: Plan;
  readonly repository: UserRepository;
  readonly model: string;
  /** Where the model is called; empty for the default address and for the scripted model. */
  readonly modelEndpoint: string;
  /** Whether the run exists, and is continued. */
  readonly continuesRun: boolean;
}

export interface ProjectOptions {
  readonly repo?: string | undefined;
  readonly plan?: string | undefined;
  readonly model?: string | undefined;
  readonly allowPointers?: boolean | undefined;
  /** Whether the environment must have a model: false for a dry run. */
  readonly needsModel: boolean;
  /** Finds the model of the run that is continued, which counts instead of every setting; null for a new run. */
  readonly findKnownModel: (found: Pick<Project, 'repository' | 'plan'>) => Promise<string | null>;
}

/**
 * Opens the plan and the repository named by the options. Without either: the plan of the repository around the current
 * folder or, where there is none, the built-in example, which is said.
 * @throws UsageError with every problem of the plan
 * @throws EnvironmentError when the repository or the model is not ready
 */
export async function openProject(env: Environment, options: ProjectOptions): Promise<Project> {
  if (options.repo === undefined && options.plan === undefined) {
    const root = await findRepositoryRoot(resolve('.'));
    const why = await whyNoPlan(root);
    if (why !== null) return openExample(env, options, why, await findStrayPlan(root));
  }
  const folder = resolve(options.repo ?? '.');
  // A named plan is read first: its problems can be reported without git or a repository.
  const named = options.plan === undefined ? null : await readPlan(resolve(options.plan), NO_NAMED_PLAN);
  const repository = await inspectRepository(folder);
  const { root } = repository;
  const plan =
    named ??
    (await readPlan(join(root, PLAN_FILE), `Write one with:  leadwright init --repo ${quoteIfNeeded(root)}`));
  checkPointers(repository, options.allowPointers === true);
  const model = options.model ?? plan.model ?? nonEmpty(env['LEADWRIGHT_MODEL']) ?? DEFAULT_MODEL;
  return withChecks(env, options, { plan, repository, model });
}

/** Chooses the model of a project, and checks its models. */
async function withChecks(
  env: Environment,
  { needsModel, findKnownModel }: ProjectOptions,
  wanted: Omit<Project, 'modelEndpoint' | 'continuesRun'>,
): Promise<Project> {
  const { plan, repository } = wanted;
  const knownModel = await findKnownModel(wanted);
  const model = knownModel ?? wanted.model;
  checkEffort(plan, model);
  warnOfUnknownModels(plan, model);
  if (needsModel) await checkModel(env, model);
  else checkUnusedModel(env, model);
  return {
    ...{ plan, repository, model },
    modelEndpoint: modelAddress(env, model),
    continuesRun: knownModel !== null,
  };
}

/** Why there is no plan to run around the current folder; null when there is one. */
async function whyNoPlan(root: string | null): Promise<string | null> {
  if (root === null) return 'this folder is in no git repository';
  return (await exists(join(root, PLAN_FILE))) ? null : `${root} has no ${PLAN_FILE}`;
}

/** A plan that a person may have meant, where none is looked for, with how to run it; null when there is none. */
async function findStrayPlan(root: string | null): Promise<string | null> {
  const misspelt = PLAN_FILE.replace(/yaml$/, 'yml');
  for (const file of [
    resolve(PLAN_FILE),
    resolve(misspelt),
    ...(root === null ? [] : [join(root, misspelt)]),
  ]) {
    if (!(await exists(file))) continue;
    return root === null
      ? `The plan ${file} is not run: it needs a git repository around it. Make one:  git init && ${FIRST_COMMIT}`
      : `The plan ${file} is not run. To run it:  leadwright run --plan ${quoteIfNeeded(file)}`;
  }
  return null;
}

async function openExample(
  env: Environment,
  options: ProjectOptions,
  why: string,
  strayPlan: string | null,
): Promise<Project> {
  say(`This is the built-in example, because ${why}.`);
  if (strayPlan !== null) warn(strayPlan);
  const plan = await readPlan(EXAMPLE.plan, 'Install Leadwright again');
  const repository = await inspectRepository(await exampleRepository(pathsOf(env)));
  // Scripted even when a key is set: trying the example must cost nothing.
  const model = options.model ?? SCRIPTED_MODEL;
  return withChecks(env, options, { plan, repository, model });
}

/** `init` writes no file of another name. */
const NO_NAMED_PLAN = `Name another with --plan, or leave out --plan for ${PLAN_FILE} at the root of the repository`;

/** More than a plan of 10,000 tasks has. A repository can make its plan a link to a file without end, such as `/dev/zero`. */
const MAX_PLAN_BYTES = 64 * 1024 * 1024;

/** @param whenMissing what to do when there is no such file */
async function readPlan(file: string, whenMissing: string): Promise<Plan> {
  const bytes = await readInputFile(file, MAX_PLAN_BYTES).catch((error: unknown) => {
    if (errorCode(error) === 'EISDIR')
      throw new UsageError(`The plan ${file} is a folder. Name a file, such as ${join(file, PLAN_FILE)}`);
    if (errorCode(error) === 'ENOENT')
      throw new UsageError(`The plan ${file} cannot be read: there is no such file. ${whenMissing}`);
    throw new UsageError(`The plan ${file} cannot be read: ${messageOf(error)}`);
  });
  if (bytes.length > MAX_PLAN_BYTES)
    throw new UsageError(`The plan ${file} is longer than ${MAX_PLAN_BYTES} bytes, or has no end`);
  const parsed = parsePlan(bytes);
  if (parsed.ok) return parsed.plan;
  const count = parsed.problems.length;
  throw new UsageError(
    `The plan ${file} has ${count} ${count === 1 ? 'problem' : 'problems'}:`,
    parsed.problems,
  );
}

/** @throws UsageError when the model does not accept the effort of a task */
function checkEffort(plan: Plan, model: string): void {
  const problems = effortProblems(plan, model);
  if (problems.length > 0)
    throw new UsageError(`The plan asks for an effort that a model does not take:`, problems);
}

function modelAddress(env: Environment, model: string): string {
  return model === SCRIPTED_MODEL ? '' : addressOf(endpointOf(env));
}

function checkPointers({ root, submodules, lfsFiles }: UserRepository, allowed: boolean): void {
  if (allowed || submodules.length + lfsFiles.length === 0) return;
  const found = [
    ...(submodules.length > 0 ? [`submodules (${formatList(submodules)})`] : []),
    ...(lfsFiles.length > 0 ? [`Git LFS files (${formatList(lfsFiles)})`] : []),
  ].join(' and ');
  throw new EnvironmentError(
    `${root} has ${found}, whose content agents and tests do not see`,
    'If the tasks do not need that content, start the run with --allow-pointers.',
  );
}
