import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpareFiles } from '../../src/agent/answer/spare-files.js';
import { useSmallDisk } from '../support/small-disk.js';

const TEXT = JSON.stringify({ text: 'é'.repeat(400) });

describe('files of reserved disk space', () => {
  const disk = useSmallDisk('size=4m');
  const spares = () => new SpareFiles(join(disk().path, 'spare'), { files: 2, bytes: 1_000 });
  const left = () => readdirSync(join(disk().path, 'spare')).sort();

  it('take a text when the disk is full, as often as there are files', async () => {
    await spares().provide();
    disk().fill();
    const path = (name: string) => join(disk().path, name);
    assert.deepEqual(
      [
        await spares().write(TEXT, path('one')),
        await spares().write(TEXT, path('two')),
        await spares().write(TEXT, path('three')),
      ],
      [true, true, false],
    );
    for (const name of ['one', 'two'])
      assert.deepEqual(JSON.parse(readFileSync(path(name), 'utf8')), JSON.parse(TEXT));
    assert.equal(statSync(path('one')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(disk().path).sort(), ['filler', 'one', 'spare', 'two']);
    disk().empty();
    await spares().provide();
    assert.deepEqual(left(), ['spare-0', 'spare-1']);
  });

  it('are whole, and so is each text, when several create and use them at once', async () => {
    const many = { files: 8, bytes: 32_768 };
    const folder = join(disk().path, 'spare');
    const processes = Array.from({ length: 10 }, () => new SpareFiles(folder, many));
    await Promise.all(processes.map((each) => each.provide()));
    assert.equal(left().length, many.files);
    const written: string[] = [];
    const use = async (each: SpareFiles, who: number): Promise<void> => {
      for (let round = 0; round < 20; round += 1) {
        const path = join(disk().path, `text-${who}-${round}`);
        const text = JSON.stringify(`${who} ${round} `.repeat(40));
        const [isWritten] = await Promise.all([each.write(text, path), each.provide(), each.provide()]);
        if (!isWritten) continue;
        written.push(path);
        assert.equal(readFileSync(path, 'utf8').trim(), text);
        rmSync(path);
      }
    };
    await Promise.all(processes.map(use));
    assert.ok(written.length > 100, `${written.length} of 200 were written`);
    await processes[0]?.provide();
    assert.deepEqual(
      left().filter((name) => name.startsWith('draft')),
      [],
    );
    assert.deepEqual(
      left().map((name) => statSync(join(folder, name)).size),
      left().map(() => many.bytes),
    );
    assert.equal(left().length, many.files);
  });

  it('are created again when one is not whole', async () => {
    await spares().provide();
    writeFileSync(join(disk().path, 'spare', 'spare-1'), '');
    await spares().provide();
    assert.equal(statSync(join(disk().path, 'spare', 'spare-1')).size, 1_000);
  });

  it('do not take a longer text, and stay', async () => {
    await spares().provide();
    const path = join(disk().path, 'one');
    assert.equal(await spares().write(JSON.stringify('x'.repeat(1_000)), path), false);
    assert.deepEqual(left(), ['spare-0', 'spare-1']);
  });

  it('are created as far as there is space, and nothing else is left', async () => {
    disk().fill(9_000);
    await new SpareFiles(join(disk().path, 'spare'), { files: 9, bytes: 4_096 }).provide();
    assert.deepEqual(left(), ['spare-0', 'spare-1']);
  });
});
