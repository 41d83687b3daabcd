import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEPT_HISTORIES } from '../../src/cli/replay/histories.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import {
  FIRST_RELEASE,
  manifestOf,
  manifestProblems,
  marksIn,
  patchesOf,
  patchProblems,
  readName,
} from '../support/kept-histories.js';

const FILES = readdirSync(KEPT_HISTORIES).filter((name) => name.endsWith('.json'));
const MANIFEST = join('test', 'replay', 'histories', 'MANIFEST');
const lines = (text: string) => text.split('\n').filter((line) => line !== '');

describe('kept histories', () => {
  it('are named by the date of their recording and their path', () => {
    for (const file of FILES) assert.ok(readName(file), file);
    assert.equal(readName('all-pass.json'), null);
    assert.deepEqual(readName('2026-11-24.2-all-pass.json'), { date: '2026-11-24.2', path: 'all-pass' });
  });

  it('are those of the manifest, unchanged (npm run record-histories enters new ones)', () => {
    const listed = lines(readFileSync(join(packageRoot, MANIFEST), 'utf8'));
    assert.deepEqual(manifestProblems(listed, manifestOf(KEPT_HISTORIES)), []);
  });

  it('are never removed or edited after the first release', function () {
    if (!existsSync(join(packageRoot, '.git'))) return this.skip();
    const git = (...args: readonly string[]) =>
      execFileSync('git', args, { cwd: packageRoot, encoding: 'utf8', stdio: 'pipe' });
    const now = new Set(lines(readFileSync(join(packageRoot, MANIFEST), 'utf8')));
    const since = (tag: string) => [tag, ...lines(git('log', '--format=%H', `${tag}..`, '--', MANIFEST))];
    for (const commit of FIRST_RELEASE === null ? [] : since(FIRST_RELEASE)) {
      const then = lines(git('show', `${commit}:${MANIFEST.replaceAll('\\', '/')}`));
      const gone = then.filter((line) => !now.has(line));
      assert.deepEqual(gone, [], `kept in ${commit}`);
    }
  });

  it('are protected by the manifest against an edit, a removal and an unlisted file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-kept-'));
    try {
      for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, `${name}.json`), name);
      const listed = manifestOf(folder);
      writeFileSync(join(folder, 'a.json'), 'edited');
      rmSync(join(folder, 'b.json'));
      writeFileSync(join(folder, 'd.json'), 'd');
      assert.deepEqual(manifestProblems(listed, manifestOf(folder)), [
        'a.json was edited or recorded anew',
        'b.json was removed',
        'd.json is not in the manifest',
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('patches of the workflows', () => {
  const folder = join(packageRoot, 'src', 'workflows');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));

  it('do not exist before the first release, when no open run has to continue', () => {
    const { patched, deprecated } = patchesOf(sources);
    if (FIRST_RELEASE === null) assert.deepEqual([...patched, ...deprecated], []);
  });

  it('each have a history from before and one from after the patch', () => {
    const kept = FILES.map((file) => ({
      file,
      patches: marksIn(readFileSync(join(KEPT_HISTORIES, file), 'utf8')),
    }));
    assert.deepEqual(patchProblems(patchesOf(sources), kept), []);
  });

  const source = `if (patched('lane-first')) a(); else b();\n deprecatePatch("old");\n // unpatched('no')`;
  const mark = Buffer.from('{"id":"lane-first","deprecated":false}').toString('base64');
  const text = `{"markerName":"core_patch","details":{"patch-data":{"payloads":[{"metadata":{"encoding":"x"},"data":"${mark}"}]}}}`;

  it('are found in sources and in histories', () => {
    assert.deepEqual(patchesOf([source]), { patched: ['lane-first'], deprecated: ['old'] });
    assert.deepEqual(marksIn(text), ['lane-first']);
    assert.deepEqual(marksIn('{"events":[]}'), []);
  });

  it('are reported when either history is missing', () => {
    const before = { file: '2026-11-24-all-pass.json', patches: [] };
    const other = { file: '2026-11-24-blocked.json', patches: [] };
    const after = { file: '2027-01-02-all-pass.json', patches: ['lane-first'] };
    const patches = { patched: ['lane-first'], deprecated: [] };
    assert.deepEqual(patchProblems(patches, [before, other, after]), []);
    assert.deepEqual(patchProblems(patches, [before, other]), [
      'no history with the patch lane-first is kept',
    ]);
    assert.deepEqual(patchProblems(patches, [other, after]), [
      'no history of the same path from before the patch lane-first is kept',
    ]);
    assert.deepEqual(patchProblems({ patched: [], deprecated: ['old'] }, [before]), [
      'no history with the patch old is kept',
    ]);
  });
});
