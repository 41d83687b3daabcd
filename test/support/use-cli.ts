/** The command line with a model of its own, for the tests of one `describe`. */
import assert from 'node:assert/strict';
import type { Environment } from '../../src/shared/config.js';
import { testCli, type Running, type TestCli } from './cli.js';
import { startTestModel, type TestModel } from './model.js';
import { scratchFolder } from './repository.js';

/** What a test needs of a model's server: where it is, and that it ends. */
interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export interface UsedCli<M> {
  readonly cli: TestCli;
  readonly model: M;
  /** `leadwright up`, where the tests have one. */
  readonly up: Running;
  /** For projects; its path is known from the start. */
  readonly scratch: { readonly path: string };
}

/** @param up `leadwright up` runs meanwhile, with this added to its environment; it ends well and leaves no process */
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

/** What a hook makes. Tests take `later` when they are described, and use it once it was set. */
function made<T extends object>(name: string) {
  const made = {
    value: undefined as T | undefined,
    set: (value: T): T => (made.value = value),
    // A cast, as the target of a proxy has no part in what it does.
    later: new Proxy({} as T, {
      get: (_, property) => {
        if (made.value === undefined) throw new Error(`${name} is there in tests and hooks only`);
        return Reflect.get(made.value, property, made.value) as unknown;
      },
    }),
  };
  return made;
}
