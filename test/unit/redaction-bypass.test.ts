import assert from 'node:assert/strict';
import { findFileSecrets } from '../../src/redaction/file-secrets.js';
import { createRedactor, createValueRedactor } from '../../src/redaction/redactor.js';
import { BoundedOutput } from '../../src/results/bounded-output.js';

const SECRET = 'k9Xw2/Lq8+Zr5Tb1Vn7Yc';
const PASSWORD = 'Tr0ub4dor&3';
const KNOWN = [
  { name: 'file-secret', value: SECRET },
  { name: 'file-secret', value: PASSWORD },
];
/** Assembled, so that no scanner reports this file as a leak. */
const KEY = `sk-ant-api03-aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0z`;
const body = (characters: number) => 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0z'.repeat(60).slice(0, characters);

const spread = (text: string, by: string) => text.split('').join(by);
const half = (text: string, by: string) => `${text.slice(0, 9)}${by}${text.slice(9)}`;
const base64 = (text: string, before = '') => Buffer.from(`${before}${text} and more`).toString('base64');

/** Ways to print a value that is known, without printing it as it is. */
const WAYS: readonly (readonly [string, (secret: string) => string])[] = [
  ['in base64', (secret) => base64(secret)],
  ['in base64, one byte later', (secret) => base64(secret, 'x')],
  ['in base64, two bytes later', (secret) => base64(secret, 'xy')],
  ['in base64 over lines', (secret) => base64(secret, 'xyzzy').replace(/(.{9})/g, '$1\n')],
  ['in base64 for URLs', (secret) => Buffer.from(`>>>${secret}`).toString('base64url')],
  ['in base64 of UTF-16', (secret) => Buffer.from(`x${secret}`, 'utf16le').toString('base64')],
  ['in hex', (secret) => Buffer.from(secret).toString('hex')],
  ['in hex, in capitals', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['in hex with colons', (secret) => spread(Buffer.from(secret).toString('hex'), ':')],
  [
    'as escapes',
    (secret) =>
      Buffer.from(secret)
        .toString('hex')
        .replace(/../g, String.raw`\x$&`),
  ],
  ['as a hex dump', (secret) => Buffer.from(secret).toString('hex').replace(/..../g, '$& ')],
  ['encoded for a URL', (secret) => encodeURIComponent(secret)],
  [
    'encoded for a URL, every character',
    (secret) => Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  ],
];
/** Ways that need a secret of some length. */
const SPLIT: readonly (readonly [string, (secret: string) => string])[] = [
  ['over lines', (secret) => half(secret, '\n')],
  ['in two literals', (secret) => `"${half(secret, '" + "')}"`],
  ['in two literals over lines', (secret) => `'${half(secret, "' +\n    '")}'`],
  ['in a list', (secret) => `['${half(secret, "', '")}'].join('')`],
  ['with a continued line', (secret) => half(secret, '\\\n  ')],
  ['character by character', (secret) => spread(secret, ' ')],
  ['with zero-width spaces', (secret) => spread(secret, '\u200b')],
  ['with soft hyphens and joiners', (secret) => half(secret, '\u00ad\u2060\u200d')],
  ['in UTF-16', (secret) => Buffer.from(secret, 'utf16le').toString('latin1')],
  ['with colours', (secret) => half(secret, '\u001b[31m\u001b[0m')],
  ['backspaced', (secret) => spread(secret, '\b')],
];

/** Whether a text still holds the secret for a reader who knows how it was encoded. */
const reveals = (text: string, printed: string) => text.includes(printed);

describe('a known secret is redacted', () => {
  const { redact } = createRedactor(KNOWN);
  const values = createValueRedactor(KNOWN);
  for (const [what, print] of WAYS) {
    for (const secret of [SECRET, PASSWORD]) {
      it(`${what}: ${secret}`, () => {
        const printed = print(secret);
        for (const redacted of [redact(`value: ${printed}.`), values.redact(`value: ${printed}.`)]) {
          assert.match(redacted, /\[redacted:/);
          assert.ok(!reveals(redacted, printed));
          // What is left on both sides of the marker, at the edges of an encoding, is a few characters.
          const left = redacted.replace(/\[redacted:[^\]]*\]/g, '').replace(/value: |\s|[^\w]/g, '');
          const around = base64('').length;
          assert.ok(left.length <= around + 8, `${redacted} of ${printed}`);
        }
        assert.equal(redact(redact(printed)), redact(printed));
      });
    }
  }
  for (const [what, print] of SPLIT) {
    it(what, () => {
      const redacted = redact(`value: ${print(SECRET)}.`);
      assert.match(redacted, /^value: ["'[]*\[redacted:/);
      assert.doesNotMatch(redacted, /k9X|Yc/);
    });
  }

  it('in the escaped form that JSON has of it', () => {
    const value = 'two\tparts"with\\9Escapes';
    const { redact: hide } = createRedactor([{ name: 'file-secret', value }]);
    assert.doesNotMatch(hide(JSON.stringify({ value })), /Escapes/);
    assert.doesNotMatch(hide(JSON.stringify(JSON.stringify({ value }))), /Escapes/);
  });

  it('as a line of a key that is printed without its header', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${[64, 64, 30].map(body).join('\n')}\n-----END PRIVATE KEY-----\n`;
    const { redact: hide } = createRedactor(findFileSecrets(key));
    assert.doesNotMatch(hide(`${body(64)}\n${body(64)}\n`), /aB3dE6/);
    assert.doesNotMatch(hide(body(64).replace(/(.{20})/g, '$1\n')), /aB3dE6/);
  });

  it('but ordinary text around it stays', () => {
    const text = `const name = "shop"; // 12 of 34\nexport default name;\n`;
    assert.equal(redact(text), text);
    assert.equal(
      redact(`${text}${SECRET}\n${text}`).replace(/\[redacted:[^\]]*\]/, SECRET),
      `${text}${SECRET}\n${text}`,
    );
  });
});

describe('a secret of a known shape is redacted', () => {
  const { redact } = createRedactor();
  for (const [what, text] of [
    ['in two literals', `const key = '${half(KEY, "' + '")}';`],
    ['in two literals over lines', `key = ("${half(KEY, '"\n       "')}")`],
    ['with a continued line', `KEY=${half(KEY, '\\\n')}`],
    ['with zero-width spaces', spread(KEY, '\u200b')],
    ['with NULs', spread(KEY, '\0')],
    ['with colours', half(KEY, '\u001b[1m')],
  ] as const) {
    it(what, () => assert.doesNotMatch(redact(text).replace(/\W|\[31m/g, ''), /aB3dE|W7xY0/));
  }

  const lines = (first: string, separator = '\n') =>
    [`${first}${body(64 - first.length)}`, body(64), body(30)].join(separator);
  for (const [what, first] of [
    ['PKCS#1', 'MIIEpAIBAAKCAQEA'],
    ['PKCS#8', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'],
    ['an elliptic curve', 'MHcCAQEEI'],
    ['an elliptic curve in PKCS#8', 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH'],
    ['Ed25519', 'MC4CAQAwBQYDK2VwBCIEI'],
    ['OpenSSH', 'b3BlbnNzaC1rZXktdjEAAAAA'],
  ] as const) {
    it(`a private key without its header: ${what}`, () => {
      for (const separator of ['\n', '\\n', '\\\\n', '" +\n  "'])
        assert.doesNotMatch(redact(`key = "${lines(first, separator)}"`), /aB3dE6/, separator);
    });
  }

  it('but a certificate and other base64 stay', () => {
    for (const text of [`MIIDdTCCAl2gAwIBAgIL${body(64)}`, `data:image/png;base64,iVBORw0KGgo${body(200)}`])
      assert.equal(redact(text), text);
  });
});

describe('a secret at the bound of an output', () => {
  const { redact } = createRedactor(KNOWN);
  const shown = (text: string, limit: number, chunk = 1_000) => {
    const output = new BoundedOutput(limit);
    for (let at = 0; at < text.length; at += chunk) output.add(Buffer.from(text.slice(at, at + chunk)));
    return redact(output.text());
  };

  it('is never shown in part, wherever the bound is', () => {
    // One long line, as a program prints JSON, whose values are secrets.
    const text = JSON.stringify({ keys: Array.from({ length: 1_000 }, () => KEY) });
    for (let limit = 15_000; limit < 15_000 + 3 * KEY.length; limit += 1)
      assert.doesNotMatch(shown(text, limit), /sk-ant|aB3dE6|vW7x/, String(limit));
  });

  it('is redacted when it arrives in pieces', () => {
    assert.doesNotMatch(shown(`a ${KEY} b`, 10_000, 3), /aB3dE6/);
  });

  it('is redacted when only the end of a private key is left', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${Array.from({ length: 200 }, () => body(64)).join('\n')}\n-----END PRIVATE KEY-----\n`;
    const text = shown(`${key}done\n`, 3_000);
    assert.doesNotMatch(text, /aB3dE6/);
    assert.match(text, /done/);
  });
});
