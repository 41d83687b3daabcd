import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { hookCommands } from '../../src/protection/hook-commands.js';
import { MAX_YAML_DEPTH, parseYaml } from '../../src/shared/files/read-yaml.js';

describe('YAML of a repository', () => {
  it('is read as its library reads it', () => {
    const texts = [
      '',
      'a: 1',
      'a: [1, {b: 2}]\nc: |\n  d\n',
      '- &x {a: 1}\n- *x\n',
      'null',
      '--- # c\na: b\n',
    ];
    for (const text of texts) assert.deepEqual(parseYaml(text), parse(text), text);
    const merged = 'base: &base {a: 1}\nmore:\n  <<: *base\n  b: 2\n';
    assert.deepEqual(parseYaml(merged, { merge: true }), parse(merged, { merge: true }));
    assert.deepEqual(parseYaml(merged), parse(merged));
    for (const text of ['a: 1\n---\nb: 2\n', 'a: [', 'a: 1\na: 2\n', '*none'])
      assert.throws(() => parseYaml(text), Error, text);
  });

  // Without the limit, the second of such texts aborted the process: V8 had no stack to compile a pattern.
  it('is refused when it is nested deep, as often as it comes', () => {
    for (const open of ['[', '{', '- ', '{a: ']) {
      for (const depth of [3_000, 100_000]) {
        const text = open.repeat(depth);
        assert.throws(() => parseYaml(text), /nested more than 100 deep/, open);
        assert.deepEqual(hookCommands('lefthook.yml', text), [text], 'nothing in it is missed');
      }
    }
    const deep = `${'['.repeat(MAX_YAML_DEPTH - 10)}${']'.repeat(MAX_YAML_DEPTH - 10)}`;
    assert.deepEqual(parseYaml(deep), parse(deep));
  });
});
