import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homePaths } from '../../src/shared/config.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { checkLayout, claimLayout, HOME_LAYOUT, howToRemoveHome } from '../../src/local-stack/home-layout.js';
import { snapshot } from '../support/snapshot.js';

describe('the layout of a home', () => {
  let home: string;
  beforeEach(() => {
    home = join(mkdtempSync(join(tmpdir(), 'leadwright-layout-')), 'home');
  });
  afterEach(() => rmSync(join(home, '..'), { recursive: true }));
  const layout = () => readFileSync(join(home, 'layout'), 'utf8');

  /** Both functions refuse the home and write nothing. */
  async function refused(message: RegExp, fix: RegExp): Promise<void> {
    const before = snapshot(home);
    for (const refuses of [checkLayout, claimLayout]) {
      await assert.rejects(refuses(homePaths(home)), (error) => {
        assert.ok(error instanceof EnvironmentError);
        assert.match(error.message, message);
        assert.match(error.fix, fix);
        return true;
      });
    }
    assert.deepEqual(snapshot(home), before);
  }

  it('is written once in a new home, by any number of concurrent starts', async () => {
    await checkLayout(homePaths(home));
    await Promise.all(Array.from({ length: 5 }, () => claimLayout(homePaths(home))));
    assert.equal(layout(), `${HOME_LAYOUT}\n`);
    assert.deepEqual(readdirSync(home), ['layout']);
    await checkLayout(homePaths(home));
  });

  it('is written in a home that contains only files that can be recreated', async () => {
    mkdirSync(join(home, 'cache', 'bin'), { recursive: true });
    writeFileSync(join(home, 'token'), 'x');
    await claimLayout(homePaths(home));
    assert.equal(layout(), `${HOME_LAYOUT}\n`);
  });

  for (const data of ['postgres', 'temporal/temporal.db', 'store.git']) {
    it(`counts as older if there is ${data} and no number`, async () => {
      mkdirSync(join(home, data), { recursive: true });
      await refused(/written by an older Leadwright/, new RegExp(`rm -rf ${home}$`));
    });
  }

  it('counts as older with the number 0', async () => {
    mkdirSync(home);
    writeFileSync(join(home, 'layout'), '0\n');
    await refused(/written by an older Leadwright/, /rm -rf /);
  });

  for (const [what, text] of [
    ['a file that is empty', ''],
    ['zero bytes', '\0\0'],
    ['a letter', 'x\n'],
  ] as const) {
    it(`counts as damaged with ${what}, and nobody is told to remove the home`, async () => {
      mkdirSync(join(home, 'postgres'), { recursive: true });
      writeFileSync(join(home, 'layout'), text);
      await refused(
        new RegExp(`^The file ${home}/layout is damaged`),
        new RegExp(`^(?!.*rm -rf).*backup.*echo ${HOME_LAYOUT} > ${home}/layout$`),
      );
    });
  }

  it('counts as newer with a higher number', async () => {
    mkdirSync(home);
    writeFileSync(join(home, 'layout'), `${HOME_LAYOUT + 1}\n`);
    await refused(
      /newer Leadwright: its layout is 2, and this version knows 1/,
      /newer version.*LEADWRIGHT_HOME/,
    );
  });

  it('has its folder quoted for the shell in messages', () => {
    assert.match(howToRemoveHome("/it's mine/x"), /rm -rf '\/it'\\''s mine\/x'$/);
  });
});
