/** The command line with its own model, for the tests of one `describe`. */
import assert from 'node:assert/strict';
import type { Environment } from '../../src/shared/config.js';
import { testCli, type Running, type TestCli } from './cli.js';
import { startTestModel, type TestModel } from './model.js';
import { scratchFolder } from './repository.js';

/** The part of a model server that is needed here. */
interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export interface UsedCli<M> {
  readonly cli: TestCli;
  readonly model: M;
  /** `leadwright up`, if the tests use it. */
  readonly up: Running;
  /** A folder for projects; its path is known before the hooks run. */
  readonly scratch: { readonly path: string };
}

/**
 * @param up run `leadwright up` during the tests, with this added to its environment; afterwards asserts that it ended
 *   successfully and left no process
 */
export function useCli(options?: { readonly up?: () => Environment }): UsedCli<TestModel>;
export function useCli<M extends Served>(options: {
  readonly startModel: () => Promise<M>;
  readonly up?: () => Environment;
}): UsedCli<M>;
export function useCli({
  startModel = startTestModel,
  up: upWith,
}: {
  readonly startModel?: () => Promise<Served>;
  readonly up?: () => Environment;
} = {}): UsedCli<Served> {
  const scratch = scratchFolder();
  const model = made<Served>('the model');
  const cli = made<TestCli>('the command line');
  const up = made<Running>('leadwright up');

  before(async () => {
    const { url } = model.set(await startModel());
    const used = cli.set(await testCli(url));
    if (upWith !== undefined) await up.set(used.start(['up'], upWith())).untilSaid(/Leadwright is up/);
  });
  after(async () => {
    up.value?.process.kill('SIGINT');
    const left = await up.value?.done;
    const remaining = cli.value?.processes();
    await cli.value?.remove();
    await model.value?.close();
    scratch.remove();
    if (left === undefined) return;
    assert.equal(left.code, 0, left.stderr);
    assert.deepEqual(remaining, [], 'up leaves no process behind');
  });
  return { cli: cli.later, model: model.later, up: up.later, scratch };
}

/** A value that a hook sets. `later` is a proxy that tests can take while they are described and use once it is set. */
function made<T extends object>(name: string) {
  const made = {
    value: undefined as T | undefined,
    set: (value: T): T => (made.value = value),
    // A cast, because the target of this proxy is never used.
    later: new Proxy({} as T, {
      get: (_, property) => {
        if (made.value === undefined) throw new Error(`${name} exists in tests and hooks only`);
        return Reflect.get(made.value, property, made.value) as unknown;
      },
    }),
  };
  return made;
}
