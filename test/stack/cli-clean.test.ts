import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listCheckouts } from '../../src/cli/answer/checkouts.js';
import { runId } from '../../src/contract/ids.js';
import { homePaths } from '../../src/shared/config.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { creates } from '../support/model.js';
import { startProgram } from '../support/program.js';
import { makeProject } from '../support/project.js';
import { startAtTerminal } from '../support/terminal.js';
import { useCli } from '../support/use-cli.js';

describe('what is left of a run', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  async function finished(id: string) {
    const title = `Task of ${id}`;
    model.answers(title, [creates(`${id}.txt`, 'x\n')]);
    const project = makeProject(scratch.path, id, [{ id: 'a', title }]);
    await cli.exits(0, ['run', ...project.options, '--id', id, '--json']);
    return project.repository;
  }

  /** Runs a command on a terminal, at which a person types a line. */
  function onTerminal(args: readonly string[], typed: string) {
    const command = [process.execPath, join(packageRoot, 'bin', 'leadwright.js'), ...args].join(' ');
    const typing = `printf '${typed}\\n' | script --quiet --return --command '${command}' /dev/null`;
    return startProgram(['sh', '-c', typing], { env: cli.env }).done;
  }

  it('loses its merged branch only when a person at the terminal agrees', async () => {
    const asked = await finished('asked');
    const again = await finished('again');
    for (const [id, repository, answer] of [
      ['asked', asked, 'n'],
      ['again', again, 'y'],
    ] as const) {
      repository.git('merge', '--quiet', `leadwright/${id}`);
      const clean = startAtTerminal(['clean', id], cli.env);
      await clean.untilSaid(/Delete the run \w+ with all records\? \[y\/N\]/);
      clean.type('y\n');
      await clean.untilSaid(
        /Also delete 1 branch of your repository that is merged: leadwright\/\w+\? \[y\/N\]/,
      );
      clean.type(`${answer}\n`);
      await clean.untilSaid(answer === 'y' ? /Deleted the merged branch/ : /is yours and stays/);
      assert.equal(await clean.ended, 0);
    }
    assert.match(asked.git('branch', '--list', 'leadwright/*'), /leadwright\/asked/);
    assert.equal(again.git('branch', '--list', 'leadwright/*'), '');
  });

  it('is reported outside of the repository, and deleted with its merged branches only', async () => {
    const [merged, open] = [await finished('merged'), await finished('open')];
    const inRepository = cli.start(['report', 'merged', '--json'], {}, merged.root);
    const { written } = JSON.parse((await inRepository.done).stdout) as {
      readonly written: readonly { readonly file: string | null }[];
    };
    assert.equal(merged.git('status', '--porcelain'), '');
    const [page] = written;
    const file = page?.file ?? '';
    assert.ok(file.startsWith(cli.home) && existsSync(file));

    const kept = await onTerminal(['clean', 'merged'], 'n');
    assert.match(kept.stdout, /Delete the run merged[^]*\[y\/N\]/);
    assert.equal(kept.code, 1);
    await cli.exits(0, ['status', 'merged']);

    merged.git('merge', '--quiet', 'leadwright/merged');
    const cleaned = await cli.exits(0, ['clean', '--all-finished', '--merged-branches', '--json']);
    assert.deepEqual(JSON.parse(cleaned.stdout), {
      cleaned: ['open', 'merged'],
      deletedBranches: ['leadwright/merged'],
    });
    assert.equal(merged.git('branch', '--list', 'leadwright/*'), '');
    assert.match(open.git('branch', '--list', 'leadwright/*'), /leadwright\/open/);
    assert.deepEqual(JSON.parse((await cli.exits(0, ['status', '--json'])).stdout), []);
    assert.equal(
      (await cli.exits(0, ['status'])).stdout,
      'No runs yet. Start one, of the plan here or else of the built-in example, with:  leadwright run\n',
    );
  });

  it('takes the records of its checkouts along, and leaves the folders', async () => {
    const checkedOut = async (id: string) => {
      await finished(id);
      const folder = join(scratch.path, `checkout-of-${id}`);
      await cli.exits(0, ['checkout', id, 'a', folder]);
      return { runId: id, folder };
    };
    const [cleaned, kept] = [await checkedOut('cleaned'), await checkedOut('kept')];
    const recorded = async () => {
      const paths = homePaths(cli.home);
      const lists = [cleaned, kept].map(({ runId: id }) => listCheckouts(paths, runId(id)));
      return (await Promise.all(lists)).flat().map(({ folder }) => folder);
    };
    assert.deepEqual(await recorded(), [cleaned.folder, kept.folder]);
    await cli.exits(0, ['clean', 'cleaned']);
    assert.deepEqual(await recorded(), [kept.folder]);
    assert.ok(existsSync(join(cleaned.folder, '.git')));
  });
});
