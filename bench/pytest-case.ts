/** The second case of `npm run bench`: Python modules with a pytest each, beside a plain program that does the same. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EnvironmentError } from '../src/contract/errors.js';
import { measureRun, type RunFigures } from './figures.js';
import { startHelper } from './helper-process.js';
import { plainReply, type PlainRequest } from './plain-interface.js';
import { machineMs, processorMs } from './processor.js';
import { modelName, type Project } from './project.js';
import { testOf } from './pytest-project.js';
import type { OpenStack, Stage } from './stage.js';

/** A run and the plain program, measured one after the other. */
export interface PytestRound {
  readonly run: RunFigures;
  readonly plain: PlainFigures;
}

export interface PlainFigures {
  readonly tasksPerSecond: number;
  /** Processor time per task, in ms, tests included. */
  readonly processorMs: { readonly runner: number };
  /** Processor time per task of the whole machine, in ms. */
  readonly machineMs: number;
}

export interface PytestSize {
  readonly tasks: number;
  readonly concurrency: number;
}

/** Says what the tests of this case lack on this machine; null when they can run. */
export async function findMissingPytest(): Promise<EnvironmentError | null> {
  const [program, ...args] = testOf(1);
  try {
    await promisify(execFile)(program, [...args.slice(0, 2), '--version']);
    return null;
  } catch {
    return new EnvironmentError(
      'The pytest case needs Python with pytest: `python3 -m pytest --version` failed.',
      'Install it (`pip install pytest`), or measure the other case alone (--case trivial).',
    );
  }
}

/** Measures a run of the project and then the plain program, so that other work on the machine slows both. */
export async function measurePytest(
  stage: Stage,
  stack: OpenStack,
  project: Project,
  size: PytestSize & { readonly modelMs: number },
): Promise<PytestRound> {
  const model = modelName(size.modelMs);
  const run = await measureRun(stage, stack, { ...size, model, project });
  return { run, plain: await measurePlain(stage, project, { ...size, model }) };
}

async function measurePlain(
  stage: Stage,
  { repository }: Project,
  { tasks, concurrency, model }: PytestSize & { readonly model: string },
): Promise<PlainFigures> {
  const runner = await startHelper('plain-runner.ts', {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
  });
  try {
    const request: PlainRequest = {
      ...{ repository, modules: tasks, concurrency },
      ...{ modelUrl: stage.modelUrl, model },
    };
    const before = processorMs(runner.pid);
    const machineBefore = machineMs();
    const reply = plainReply.parse(JSON.parse(await runner.ask(JSON.stringify(request))));
    const spent = processorMs(runner.pid) - before;
    const machine = machineMs() - machineBefore;
    if (reply.passed !== tasks)
      throw new Error(`only ${reply.passed} of ${tasks} tests passed in the plain program`);
    return {
      tasksPerSecond: tasks / reply.seconds,
      processorMs: { runner: spent / tasks },
      machineMs: machine / tasks,
    };
  } finally {
    await runner.end();
  }
}
