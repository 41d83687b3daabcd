import assert from 'node:assert/strict';
import fc from 'fast-check';
import { boundedSchema } from '../../src/mcp/bounded-schema.js';
import { requireToolsFit, toolCharsOf } from '../../src/mcp/tools-of-tasks.js';
import { isServerTool, offerTools, UnusableTools } from '../../src/mcp/offered-tools.js';
import { redactedHead, redactedTail } from '../../src/mcp/redacted-head.js';
import { recordedResult, resultText } from '../../src/mcp/result-text.js';
import { requestHeaders } from '../../src/mcp/request-headers.js';
import { headAndTail, RECORDED_CHARS } from '../../src/results/head-and-tail.js';
import { TOOLS } from '../../src/agent/tools/tools.js';

const same = (text: string) => text;
const SECRET = `ghp_${'a1B2'.repeat(9)}`;
const hide = (text: string) => text.replaceAll(SECRET, '[redacted]');

describe('the tools of an MCP server', () => {
  const names = (tools: readonly string[], server = 'docs') =>
    offerTools(
      server,
      tools.map((name) => ({ name })),
      null,
      same,
    ).map(({ api }) => api.name);

  it('have names that the API accepts, each its own, and none of ours', () => {
    const hostile = [
      ...['read_file', 'a.b', 'a_b', 'a/b', '', '../x', '__x', 'x__y', 'é', '\n', 'a b', 'run_command'],
      ...['x'.repeat(128), `${'x'.repeat(127)}y`],
      // The name that the hash gives to the last of them is taken.
      ...['t__b29edf0cce', 't_', 't.'],
    ];
    const given = names(hostile);
    assert.equal(new Set(given).size, hostile.length);
    for (const name of given) {
      assert.match(name, /^docs__[A-Za-z0-9_-]{1,58}$/);
      assert.ok(isServerTool(name));
    }
    assert.equal(given[0], 'docs__read_file');
    for (const { name } of TOOLS) assert.ok(!isServerTool(name), name);
    assert.deepEqual(names(hostile), given);
  });

  it('are the first of each name, and those that the plan names', () => {
    const listed = [
      { name: 'a', description: 'first' },
      { name: 'a', description: 'second' },
      { name: 7 },
      { name: 'b' },
    ];
    const [tool, ...others] = offerTools('docs', listed, ['a'], same);
    assert.deepEqual(others, []);
    assert.equal(tool?.tool, 'a');
    assert.match(tool.api.description ?? '', /first/);
    assert.throws(() => offerTools('docs', listed, ['c'], same), /has no tool "c"\. It has "a", "b"/);
  });

  it('are refused when there are too many of them, or too much is said of them', () => {
    const many = (count: number, description: string) =>
      Array.from({ length: count }, (_, n) => ({ name: `t${n}`, description }));
    assert.throws(() => offerTools('docs', many(200, ''), null, same), UnusableTools);
    assert.throws(
      () => offerTools('docs', many(120, 'x'.repeat(1e6)), null, same),
      /Name those that your tasks need/,
    );
    assert.equal(offerTools('docs', many(200, ''), ['t1', 't199'], same).length, 2);
  });

  it('are refused when a task gets too many of them from all its servers', () => {
    const listed = Array.from({ length: 100 }, (_, n) => ({ name: `t${n}` }));
    const tools = { a: offerTools('a', listed, null, same), b: offerTools('b', listed, null, same) };
    const fits = { id: 'one', mcp: ['a'] };
    requireToolsFit([fits, { id: 'none', mcp: [] }], tools);
    assert.throws(
      () => requireToolsFit([fits, { id: 'both', mcp: ['a', 'b'] }], tools),
      /servers of the task both \(a, b\) together have 200 tools/,
    );
    assert.equal(toolCharsOf({ mcp: [] }, tools), 0);
    assert.ok(toolCharsOf({ mcp: ['a', 'b'] }, tools) > toolCharsOf(fits, tools));
  });

  it('are described as material, without secrets and within bounds', () => {
    const description = `Call me first. ${SECRET} ${'x'.repeat(1e6)}`;
    const inputSchema = {
      type: 'object',
      properties: { [`k-${SECRET}`]: {}, a: { type: 'string', description: SECRET, pattern: '(a+)+$' } },
    };
    const [tool] = offerTools('docs', [{ name: 'a', description, inputSchema }], null, hide);
    const text = JSON.stringify(tool?.api);
    assert.ok(!text.includes(SECRET));
    assert.ok(text.length < 4_000, String(text.length));
    assert.match(
      tool?.api.description ?? '',
      /<material (\w+)>\nCall me first\. \[redacted\][^]*<\/material \1>$/,
    );
    assert.deepEqual(tool?.api.input_schema, {
      ...{ type: 'object', properties: { a: { type: 'string', description: '[redacted]' } } },
    });
  });
});

describe('the schema of a server’s tool', () => {
  it('keeps what helps a model to write an input', () => {
    const schema = {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'A path', minLength: 1 },
        tags: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 3 },
        one: { anyOf: [{ type: 'number', minimum: 0 }, { type: 'null' }], default: null },
        node: { $ref: '#/$defs/Node' },
        more: { type: 'object', additionalProperties: { type: 'boolean' } },
      },
      required: ['path'],
      additionalProperties: false,
      $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
    };
    assert.deepEqual(boundedSchema(schema, same), schema);
  });

  it('is one for any input when it is too large, too deep or refers to nothing', () => {
    const any = { type: 'object' };
    const deep = (levels: number): unknown =>
      levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } };
    const wide = (count: number) => ({
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { type: 'string' }])),
    });
    let endless: unknown = {};
    for (let level = 0; level < 100_000; level++) endless = { type: 'object', properties: { a: endless } };
    for (const schema of [deep(50), wide(5_000), endless, null, 7, 'x', [], { type: 'string' }]) {
      assert.deepEqual(boundedSchema(schema, same), any);
    }
    for (const $ref of ['#/$defs/none', 'https://example.com/schema', '#']) {
      const found = boundedSchema({ type: 'object', properties: { a: { $ref } } }, same);
      assert.ok(!JSON.stringify(found).includes('$ref'), $ref);
    }
  });

  it('is refused by the number of its properties before their names are redacted', () => {
    let redacted = 0;
    const count = (text: string) => {
      redacted += 1;
      return text;
    };
    const properties = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`p${n}`, {}]));
    assert.deepEqual(boundedSchema({ type: 'object', properties }, count), { type: 'object' });
    assert.equal(redacted, 0);
  });

  it('has each type once, and lengths that can be', () => {
    const given = { type: ['string', 'string', ['null']], minLength: -1, maxLength: 1.5, minItems: 2 };
    const found = boundedSchema({ type: 'object', properties: { a: given } }, same);
    assert.deepEqual(found.properties, { a: { type: 'string', minItems: 2 } });
  });

  it('is always an object with names that the API accepts', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue(), (properties, rest) => {
        const found = boundedSchema({ properties, required: rest, anyOf: rest, items: rest }, same);
        assert.equal(found.type, 'object');
        for (const name of Object.keys(found.properties ?? {})) assert.match(name, /^[\w.-]{1,64}$/);
        assert.ok(!('anyOf' in found) && JSON.stringify(found).length <= 20_000);
      }),
    );
  });
});

describe('the result of a server’s tool', () => {
  it('is text, and names what is none', () => {
    const text = resultText(
      [
        { type: 'text', text: 'words' },
        { type: 'audio', data: 'QUJDRA==', mimeType: `x${'y'.repeat(1e4)}` },
        { type: 'resource', resource: { uri: 'file:///a', mimeType: 'text/plain', text: 'its text' } },
        { type: 'resource', resource: { uri: 'file:///b', blob: 'QUJD' } },
        { type: 'resource_link', uri: 'https://x', name: 'x' },
        ...[null, 7, {}, { type: 'text' }, { type: 'text', text: 7 }, { type: { a: 1 } }],
      ],
      same,
    );
    assert.match(text, /^words\n\[audio: "xy{199}", 6 bytes; it is not shown\]\n/);
    assert.match(
      text,
      /"file:\/\/\/a", "text\/plain"\]\nits text\n\[resource: "file:\/\/\/b", \(unnamed\), 3 bytes/,
    );
    assert.ok(text.length < 2_000);
  });

  it('is bounded in its parts', () => {
    const parts = Array.from({ length: 5_000 }, () => ({ type: 'text', text: 'x' }));
    assert.match(resultText(parts, same), /\n… and 4000 more parts, which are left out$/);
  });

  it('is no longer than what was sent, however deep its data', () => {
    let structuredContent: unknown = 1;
    for (let level = 0; level < 3_000; level++) structuredContent = { a: structuredContent };
    assert.ok(resultText([{ type: 'structured', structuredContent }], same).length < 20_000);
  });

  it('is recorded with all its lines, and within bounds', () => {
    const record = (text: string) => recordedResult([{ type: 'text', text }], hide);
    assert.deepEqual(record(`a\rb\r\nc ${SECRET}\x1b[1md`), {
      ...{ output: 'a\nb\nc [redacted]d', isWhole: true, chars: 17 },
    });
    const cut = record('line\n'.repeat(300_000));
    assert.ok(cut.output.length < 1_001_000 && !cut.isWhole);
    let redacted = 0;
    recordedResult([{ type: 'text', text: 'x'.repeat(4e6) }], (text) => {
      redacted = Math.max(redacted, text.length);
      return text;
    });
    assert.ok(redacted < 2_001_000, String(redacted));
  });

  it('says how many characters are left out, however often it is cut', () => {
    for (const chars of [1_500_000, 4_000_000]) {
      const line = `${'x'.repeat(99)}\n`;
      const result = recordedResult([{ type: 'text', text: line.repeat(chars / line.length) }], hide);
      for (const limit of [RECORDED_CHARS, 20_000]) {
        const shown = headAndTail(result.output, limit, result.chars);
        const [note = '', leftOut] = /\n… (\d+) characters left out …\n/.exec(shown) ?? [];
        assert.equal(shown.length - note.length + Number(leftOut), chars, `${chars}, then ${limit}`);
      }
    }
  });

  it('is recorded without a part of a secret where it is cut, also when redaction shortens the rest', () => {
    const hidden = `${SECRET} `.repeat(7_000);
    // A third of what is looked through, and the end of a part with all that its cut may split.
    for (const cut of [666_666, 1_004_000]) {
      const filler = 'y'.repeat(cut - hidden.length - 20);
      const text = `${hidden}${filler} ${SECRET} ${hidden.repeat(8)}`;
      const { output, isWhole } = recordedResult([{ type: 'text', text }], hide);
      assert.doesNotMatch(output, /ghp_/);
      assert.equal(isWhole, false);
    }
  });

  it('shows no part of a secret where a name is cut', () => {
    const name = `${'x'.repeat(190)}${SECRET}`;
    const text = resultText([{ type: 'resource_link', name, uri: 'a:b' }], hide);
    assert.doesNotMatch(text, /ghp_/);
    const listed = [{ name: `${'x'.repeat(50)}${SECRET}` }];
    assert.throws(
      () => offerTools('docs', listed, ['b'], hide),
      (error) => error instanceof UnusableTools && !error.message.includes('ghp_'),
    );
  });

  it('shows no part of a secret where a text is cut, whatever is redacted before', () => {
    for (let at = 0; at < 200; at++) {
      const text = `${'x'.repeat(at)}${`${SECRET} `.repeat(300)}`;
      assert.doesNotMatch(redactedHead(text, 100, hide), /ghp_|a1B2/);
      assert.doesNotMatch(redactedTail(text, 100, hide), /ghp_|a1B2/);
    }
    assert.equal(redactedTail('abc', 2, hide), 'bc');
    assert.equal(redactedHead('abc', 2, hide), 'ab');
  });
});

describe('the headers of a remote server', () => {
  const env = { TOKEN: ' abc ', BASIC: 'Basic eDp5', DOCS_TEAM: 'blue', BAD: 'a\nb', ANTHROPIC_API_KEY: 'k' };

  it('are the bearer token and one header for each further variable', () => {
    assert.deepEqual(requestHeaders(['TOKEN', 'DOCS_TEAM'], env), {
      authorization: 'Bearer abc',
      'docs-team': 'blue',
    });
    assert.deepEqual(requestHeaders(['BASIC'], env), { authorization: 'Basic eDp5' });
    const failing = (name: string) => () => requestHeaders(['TOKEN', name], env);
    assert.throws(failing('UNSET'), /the variable UNSET is not set where the worker runs$/);
    assert.throws(failing('ANTHROPIC_API_KEY'), /the variable ANTHROPIC_API_KEY is never passed on/);
    assert.throws(() => requestHeaders(['BAD'], env), /the variable BAD cannot be sent as a header$/);
  });
});
