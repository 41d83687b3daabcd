import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import { startScriptedModel } from '../../src/model/scripted/scripted-model.js';
import { runOf } from '../support/cli.js';
import { creates } from '../support/model.js';
import { makeProject } from '../support/project.js';
import type { TestRepository } from '../support/repository.js';
import { differences, snapshot } from '../support/snapshot.js';
import { useCli } from '../support/use-cli.js';

interface Entry {
  readonly mode: string;
  readonly name: string | Buffer;
  readonly sha: string;
}

/** Writes a tree that git itself would refuse to make. */
function tree(user: TestRepository, entries: readonly Entry[]): string {
  const bytes = entries.map(({ mode, name, sha }) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(sha, 'hex')]),
  );
  return user.gitWith(Buffer.concat(bytes), 'hash-object', '-w', '--stdin', '-t', 'tree', '--literally');
}
const blob = (user: TestRepository, text: string) => user.gitWith(text, 'hash-object', '-w', '--stdin');
const file = (user: TestRepository, name: string | Buffer, text = 'x'): Entry => ({
  mode: '100644',
  name,
  sha: blob(user, text),
});
const link = (user: TestRepository, name: string, target: string): Entry => ({
  mode: '120000',
  name,
  sha: blob(user, target),
});

/** Makes a commit of any bytes the current one. */
function commit(user: TestRepository, root: string, head = ''): void {
  const who = 'A U Thor <a@example> 1700000000 +0000';
  const text = head === '' ? `author ${who}\ncommitter ${who}\n\nInnocent\n` : head;
  const sha = user.gitWith(
    `tree ${root}\n${text}`,
    'hash-object',
    '-w',
    '--stdin',
    '-t',
    'commit',
    '--literally',
  );
  // git refuses to write some of these, so the branch is written as a file.
  writeFileSync(join(user.root, '.git/refs/heads/main'), `${sha}\n`);
}

/** How a run has to end: it works, or is refused before anything is spent. */
type Outcome = 'works' | 'refused' | 'either';

const CASES: readonly (readonly [
  what: string,
  outcome: Outcome,
  arm: (user: TestRepository, victim: string) => void,
])[] = [
  [
    'two entries of one name',
    'either',
    (user) => commit(user, tree(user, [file(user, 'a', '1'), file(user, 'a', '2')])),
  ],
  [
    'a file and a folder of one name',
    'either',
    (user) =>
      commit(
        user,
        tree(user, [file(user, 'a'), { mode: '40000', name: 'a', sha: tree(user, [file(user, 'b')]) }]),
      ),
  ],
  [
    'a link and a folder of one name, to write through',
    'either',
    (user, victim) =>
      commit(
        user,
        tree(user, [
          link(user, 'a', victim),
          { mode: '40000', name: 'a', sha: tree(user, [file(user, 'b')]) },
        ]),
      ),
  ],
  ['entries out of order', 'either', (user) => commit(user, tree(user, [file(user, 'b'), file(user, 'a')]))],
  [
    'a folder .git with a hook',
    'refused',
    (user) =>
      commit(
        user,
        tree(user, [
          {
            mode: '40000',
            name: '.git',
            sha: tree(user, [file(user, 'config', '[core]\n\tfsmonitor = touch /tmp/x\n')]),
          },
        ]),
      ),
  ],
  ['a file .GIT', 'refused', (user) => commit(user, tree(user, [file(user, '.GIT')]))],
  ['a file ..', 'refused', (user) => commit(user, tree(user, [file(user, '..')]))],
  ['a file .', 'refused', (user) => commit(user, tree(user, [file(user, '.')]))],
  ['a file without a name', 'refused', (user) => commit(user, tree(user, [file(user, '')]))],
  ['a name with a slash', 'refused', (user) => commit(user, tree(user, [file(user, '../../evil')]))],
  ['an absolute name', 'refused', (user, victim) => commit(user, tree(user, [file(user, `${victim}/evil`)]))],
  ['an unknown mode', 'either', (user) => commit(user, tree(user, [{ ...file(user, 'a'), mode: '177777' }]))],
  [
    'a set-user-id mode',
    'either',
    (user) => commit(user, tree(user, [{ ...file(user, 'a'), mode: '104755' }])),
  ],
  [
    'a submodule without .gitmodules',
    'either',
    (user) => commit(user, tree(user, [{ mode: '160000', name: 'sub', sha: '1'.repeat(40) }])),
  ],
  [
    'an object that is missing',
    'refused',
    (user) => commit(user, tree(user, [{ mode: '100644', name: 'a', sha: '2'.repeat(40) }])),
  ],
  [
    'a tree that is a blob',
    'refused',
    (user) => commit(user, tree(user, [{ mode: '40000', name: 'a', sha: blob(user, 'x') }])),
  ],
  ['a root that is a blob', 'refused', (user) => commit(user, blob(user, 'x'))],
  [
    'a path of two thousand folders',
    'refused',
    (user) => {
      let sha = tree(user, [file(user, 'end')]);
      for (let depth = 0; depth < 2_000; depth += 1) sha = tree(user, [{ mode: '40000', name: 'deep', sha }]);
      commit(user, sha);
    },
  ],
  [
    'links in a circle and out of the repository',
    'works',
    (user, victim) =>
      commit(
        user,
        tree(user, [
          link(user, 'a', 'b'),
          link(user, 'b', 'a'),
          link(user, 'out', victim),
          link(user, 'self', '.'),
        ]),
      ),
  ],
  [
    'names of control characters',
    'works',
    (user) =>
      commit(
        user,
        tree(user, [
          file(user, '\x07bell'),
          file(user, '\x1b[2Jclear'),
          file(user, Buffer.from([0xff, 0xfe])),
        ]),
      ),
  ],
  ['a long name', 'refused', (user) => commit(user, tree(user, [file(user, 'n'.repeat(5_000))]))],
  [
    'control characters in author and message',
    'works',
    (user) =>
      commit(
        user,
        tree(user, [file(user, 'a')]),
        'author \x1b]0;evil\x07 <\x1b[2J@example> 1700000000 +0000\ncommitter C <c@example> 1700000000 +0000\n\n\x1b[31m\u202eevil\n',
      ),
  ],
  [
    'an author and a date that are none',
    'refused',
    (user) =>
      commit(user, tree(user, [file(user, 'a')]), 'author\ncommitter <> 99999999999999999999 +9999\n\nx\n'),
  ],
  [
    'a commit without author and message',
    'either',
    (user) => commit(user, tree(user, [file(user, 'a')]), 'encoding evil\n'),
  ],
  [
    'a parent that is missing',
    'either',
    (user) =>
      commit(
        user,
        tree(user, [file(user, 'a')]),
        `parent ${'3'.repeat(40)}\nauthor A <a@example> 1 +0000\ncommitter A <a@example> 1 +0000\n\nx\n`,
      ),
  ],
  [
    'a replaced and grafted commit',
    'works',
    (user) => {
      const head = user.git('rev-parse', 'HEAD');
      const other = user.git('commit-tree', tree(user, [file(user, 'evil.txt', 'broken')]), '-m', 'Replaced');
      user.git('replace', '-f', head, other);
      mkdirSync(join(user.root, '.git/info'), { recursive: true });
      writeFileSync(join(user.root, '.git/info/grafts'), `${head} ${'4'.repeat(40)}\n`);
    },
  ],
  [
    'refs of odd names',
    'works',
    (user) => {
      const head = user.git('rev-parse', 'HEAD');
      const heads = join(user.root, '.git/refs/heads');
      for (const name of ['-rf', '--upload-pack=x', '\x1b[2J', 'HEAD', '@{u}'])
        writeFileSync(join(heads, name), `${head}\n`);
      appendFileSync(
        join(user.root, '.git/packed-refs'),
        `# pack-refs with: peeled\n${head} refs/heads/../../evil\n`,
      );
    },
  ],
  [
    'a HEAD that is a link to another file',
    'either',
    (user, victim) => {
      rmSync(join(user.root, '.git/HEAD'));
      symlinkSync(join(victim, 'kept'), join(user.root, '.git/HEAD'));
    },
  ],
  [
    'a HEAD that names a branch outside',
    'either',
    (user) => writeFileSync(join(user.root, '.git/HEAD'), 'ref: refs/heads/../../../../victim/kept\n'),
  ],
  [
    'a hundred thousand entries in one folder',
    'works',
    (user) => {
      const { sha } = file(user, 'x');
      const names = Array.from({ length: 100_000 }, (_, index) => `f${String(index).padStart(6, '0')}`);
      commit(
        user,
        tree(
          user,
          names.map((name) => ({ mode: '100644', name, sha })),
        ),
      );
    },
  ],
];

describe('a run on a repository with hostile objects', function () {
  this.timeout(120_000);
  const requests: RecordedRequest[] = [];
  const { cli, scratch } = useCli({
    startModel: () =>
      startScriptedModel({
        answer: (request) => {
          requests.push(request);
          return creates('price.txt', 'good\n');
        },
      }),
    up: () => ({}),
  });

  for (const [index, [what, outcome, arm]] of CASES.entries()) {
    it(`${outcome === 'works' ? 'works' : 'works or is refused before anything is spent'}, and writes nothing outside: ${what}`, async () => {
      const folder = join(scratch.path, `case${index}`);
      const victim = join(folder, 'victim');
      mkdirSync(victim, { recursive: true });
      writeFileSync(join(victim, 'kept'), 'kept\n');
      const id = `case-${index}`;
      const { repository: user, options } = makeProject(folder, 'shop', [
        { id: 'price', title: `Price ${index}` },
      ]);
      arm(user, victim);
      const untouched = snapshot(folder);
      const spent = requests.length;
      const ran = await cli.run(['run', ...options, '--id', id, '--json']);
      const changed = differences(untouched, snapshot(folder)).filter(
        (path) =>
          !/^shop\/\.git\/(?:objects\/[0-9a-f]{2}\/|logs\/refs\/heads\/leadwright\/|refs\/heads\/leadwright\/)/.test(
            path,
          ),
      );
      assert.deepEqual(changed, []);
      assert.equal(readFileSync(join(victim, 'kept'), 'utf8'), 'kept\n');
      assert.equal(existsSync(join(scratch.path, 'evil')), false);
      if (ran.code !== 0) {
        assert.notEqual(outcome, 'works', ran.stderr);
        assert.equal(ran.code, 3, `${ran.stderr}${ran.stdout}`);
        assert.match(ran.stderr, /\S/);
        assert.doesNotMatch(ran.stderr, /\x1b|^\s+at /m);
        assert.equal(requests.length, spent, 'a refused run spends nothing');
        return;
      }
      assert.notEqual(outcome, 'refused', ran.stdout);
      assert.equal(runOf(ran).status, 'completed', ran.stderr);
      assert.equal(user.git('show', `leadwright/${id}:price.txt`), 'good');
    });
  }
});
