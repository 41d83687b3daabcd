/**
 * Does the tasks of the pytest case without any durability: asks the model, writes the file into a copy of the work tree,
 * runs pytest there and moves the file back, two tests at a time. A process of its own, so that its processor time and
 * that of its tests can be told. It reads one line of JSON on stdin and answers with one line.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { plainRequest, type PlainReply, type PlainRequest } from './plain-interface.js';
import { testOf, wishFor } from './pytest-project.js';

/** As many tests as Leadwright runs at once on two cores. */
const TESTS_AT_ONCE = 2;

const answer = z.object({
  content: z.array(z.looseObject({ type: z.string(), input: z.unknown() })),
});
const submission = z.object({ files: z.array(z.object({ path: z.string(), content: z.string() })) });

async function runAll(request: PlainRequest): Promise<PlainReply> {
  const { repository, modules, concurrency } = request;
  const folder = await mkdtemp(join(tmpdir(), 'leadwright-bench-plain-'));
  try {
    const result = join(folder, 'result');
    // Tests need the files only: a task of a run gets no history in its sandbox either.
    const git = join(repository, '.git');
    await cp(repository, result, { recursive: true, filter: (path) => path !== git });
    const started = performance.now();
    const numbers = Array.from({ length: modules }, (_, index) => index + 1).values();
    const tests = new Turns(TESTS_AT_ONCE);
    let passed = 0;
    const work = async (): Promise<void> => {
      for (const module of numbers) {
        const files = await askModel(request, module);
        const copy = join(folder, `copy-${module}`);
        const isGreen = await tests.take(async () => {
          await cp(result, copy, { recursive: true });
          await writeFiles(copy, files);
          return runTest(copy, module);
        });
        if (isGreen) {
          await moveFiles(files, copy, result);
          passed += 1;
        }
        await rm(copy, { recursive: true });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return { seconds: (performance.now() - started) / 1000, passed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Files = z.infer<typeof submission>['files'];

async function askModel({ modelUrl, model }: PlainRequest, module: number): Promise<Files> {
  const response = await fetch(`${modelUrl}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model,
      max_tokens: 8_000,
      messages: [{ role: 'user', content: wishFor(module) }],
      tools: [{ name: 'submit_changes', input_schema: { type: 'object' } }],
    }),
  });
  const { content } = answer.parse(await response.json());
  return submission.parse(content.find(({ type }) => type === 'tool_use')?.input).files;
}

async function writeFiles(tree: string, files: Files): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
}

/**
 * By renames: others copy the result meanwhile, and a copy of a file that is cut off at that moment never ends in Node 20
 * (libuv asks `copy_file_range` for the rest again and again).
 */
async function moveFiles(files: Files, from: string, to: string): Promise<void> {
  for (const { path } of files) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await rename(join(from, path), join(to, path));
  }
}

function runTest(tree: string, module: number): Promise<boolean> {
  const [program, ...args] = testOf(module);
  return new Promise((resolve) => {
    execFile(program, args, { cwd: tree }, (error) => {
      resolve(error === null);
    });
  });
}

/** Lets at most so many calls run at once, in the order in which they came. */
class Turns {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await runAll(plainRequest.parse(JSON.parse(line))))}\n`);
}
