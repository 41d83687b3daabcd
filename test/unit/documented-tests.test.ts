import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';

/** A test that a document names: a file and fragments of titles in it. */
interface TestReference {
  readonly file: string;
  readonly titles: readonly string[];
}

/** Finds references of the form: `test/x.test.ts`: "fragment of a title", "of another". */
function findTestReferences(text: string): TestReference[] {
  const plain = text.replace(/\s+/g, ' ');
  return [...plain.matchAll(/`(test\/[\w./-]+\.ts)`((?::|,| and)? ?(?:"[^"]+"(?:,| and)? ?)*)/g)].map(
    ([, file = '', titles = '']) => ({
      file,
      titles: titles.startsWith(':') ? [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title) : [],
    }),
  );
}

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');

for (const document of ['docs/security.md', 'docs/failures.md', 'docs/upgrades.md']) {
  describe(`the tests that ${document} names`, () => {
    const named = findTestReferences(read(document));

    it('are existing files', () => {
      const missing = named.filter(({ file }) => !existsSync(join(packageRoot, file)));
      assert.deepEqual(missing, []);
    });

    it('have titles with the quoted fragments', () => {
      const missing = named
        .filter(({ file }) => existsSync(join(packageRoot, file)))
        .flatMap(({ file, titles }) => {
          const text = read(file);
          return titles.filter((title) => !text.includes(title)).map((title) => `${file}: ${title}`);
        });
      assert.deepEqual(missing, []);
    });
  });
}

describe('docs/security.md', () => {
  it('names existing files', () => {
    const paths = [
      ...read('docs/security.md').matchAll(/`((?:src|docs|scripts|temporal-config)\/[\w./-]+)`/g),
    ];
    assert.deepEqual(
      paths.map(([, path = '']) => path).filter((path) => !existsSync(join(packageRoot, path))),
      [],
    );
  });

  it('proves every promise in its tables with a test', () => {
    const [, ...tables] = read('docs/security.md').split(/^\| promise .*\n\| -.*$/m);
    const rows = tables.flatMap((table) => /^(?:\n\|.*)+/.exec(table)?.[0].trim().split('\n') ?? []);
    assert.ok(rows.length > 10);
    assert.deepEqual(
      // A row may say "the same" when the row above names the test.
      rows.filter((row) => findTestReferences(row).length === 0 && !/\| the same /.test(row)),
      [],
    );
  });
});

describe('SECURITY.md', () => {
  it('links to existing sections of docs/security.md', () => {
    const headings = [...read('docs/security.md').matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    const links = [...read('SECURITY.md').matchAll(/docs\/security\.md#([\w-]+)/g)].map(
      ([, link = '']) => link,
    );
    assert.ok(links.length > 5);
    assert.deepEqual(
      links.filter((link) => !headings.includes(link)),
      [],
    );
  });
});
