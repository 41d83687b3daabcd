import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { at } from '../../src/protection/lock-files/manifests.js';
import { packageRoot } from '../../src/shared/files/package-root.js';

const folder = join(packageRoot, 'examples', 'ci');

type Program = readonly [program: string, ...args: string[]];

const ownActionlint = (): Program => [process.env['ACTIONLINT'] ?? 'actionlint'];
/** Go compiles it once; its packages on npm and PyPI download it from elsewhere. */
const GO_ACTIONLINT: Program = ['go', 'run', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'];

/** The parts of a pipeline that a person relies on. */
describe('the examples of pipelines', () => {
  it('are accepted by actionlint', function () {
    this.timeout(300_000);
    const lint = [ownActionlint(), GO_ACTIONLINT].find(
      ([program, ...args]) => spawnSync(program, [...args, '-version']).status === 0,
    );
    if (lint === undefined) this.skip();
    const [program, ...args] = lint;
    const { status, stdout } = spawnSync(
      program,
      [...args, '-no-color', join(folder, 'github-actions.yml')],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stdout);
  });

  it('fit the JSON Schema that GitLab publishes', function () {
    // Of PyPI; it carries the schema.
    const program = process.env['CHECK_JSONSCHEMA'] ?? 'check-jsonschema';
    const schema = ['--builtin-schema', 'vendor.gitlab-ci'];
    const { error, status, stdout } = spawnSync(program, [...schema, join(folder, 'gitlab-ci.yml')], {
      encoding: 'utf8',
    });
    // The command is not installed on this machine.
    if (error !== undefined) this.skip();
    assert.equal(status, 0, stdout);
  });

  for (const [file, setting] of [
    ['github-actions.yml', ['jobs', 'run', 'env']],
    ['gitlab-ci.yml', ['leadwright', 'variables']],
  ] as const) {
    it(`let no test read the secrets of the job: ${file} requires the sandbox`, () => {
      const pipeline: unknown = parse(readFileSync(join(folder, file), 'utf8'));
      assert.equal(at(pipeline, ...setting, 'LEADWRIGHT_SANDBOX'), 'require');
    });
  }

  it('run the plan and attach the report, whatever the outcome, in GitHub', () => {
    const steps = z
      .object({ jobs: z.object({ run: z.object({ steps: z.array(z.record(z.string(), z.unknown())) }) }) })
      .parse(parse(readFileSync(join(folder, 'github-actions.yml'), 'utf8'))).jobs.run.steps;
    const text = JSON.stringify(steps);
    assert.match(text, /leadwright run --id .*--budget-usd .*--json/);
    const upload = steps.find(({ uses }) => String(uses).startsWith('actions/upload-artifact'));
    assert.equal(upload?.['if'], 'always()');
  });

  it('run the plan and attach the report, whatever the outcome, in GitLab', () => {
    const { leadwright: job } = z
      .object({
        leadwright: z.object({
          script: z.array(z.string()),
          after_script: z.array(z.string()),
          artifacts: z.object({ when: z.string(), paths: z.array(z.string()) }),
        }),
      })
      .parse(parse(readFileSync(join(folder, 'gitlab-ci.yml'), 'utf8')));
    assert.match(job.script.join('\n'), /leadwright run --id .*--budget-usd .*--json/);
    assert.match(job.after_script.join('\n'), /leadwright report .*--output report\.html/);
    assert.deepEqual([job.artifacts.when, job.artifacts.paths.includes('report.html')], ['always', true]);
  });
});
