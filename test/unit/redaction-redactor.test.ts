import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRedactor, findRedactionMarkers } from '../../src/redaction/redactor.js';

const body = (characters: number, from = 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0z') =>
  from.repeat(Math.ceil(characters / from.length)).slice(0, characters);
const pem = (name: string) =>
  `-----BEGIN ${name}-----\n${[64, 64, 30].map((length) => body(length)).join('\n')}\n-----END ${name}-----`;

/** Each shape's name and an example, assembled so that no scanner reports this file as a leak. */
const SECRETS: readonly (readonly [string, string])[] = [
  ['anthropic-key', `sk-ant-api03-${body(80)}`],
  ['openai-key', `sk-proj-${body(48)}`],
  ['api-key', `sk-${body(48)}`],
  ['github-token', `ghp_${body(36)}`],
  ['github-token', `ghs_${body(36)}`],
  ['github-token', `github_pat_${body(22)}_${body(59)}`],
  ['gitlab-token', `glpat-${body(20)}`],
  ['aws-access-key', `AKIAIOSFODNN7EXAMPLE`],
  ['slack-token', `xoxb-123456789012-${body(24)}`],
  ['slack-webhook', `hooks.slack.com/services/T00000000/B00000000/${body(24)}`],
  ['google-key', `AIza${body(35)}`],
  ['google-key', `GOCSPX-${body(28)}`],
  ['npm-token', `npm_${body(36)}`],
  ['pypi-token', `pypi-AgE${body(60)}`],
  ['stripe-key', `sk_live_${body(24)}`],
  ['sendgrid-key', `SG.${body(22)}.${body(43)}`],
  ['huggingface-token', `hf_${body(34)}`],
  ['digitalocean-token', `dop_v1_${'0123456789abcdef'.repeat(4)}`],
  ['docker-token', `dckr_pat_${body(27)}`],
  ['vault-token', `hvs.${body(24)}`],
  ['shopify-token', `shpat_${'0123456789abcdef'.repeat(2)}`],
  ['databricks-token', `dapi${'0123456789abcdef'.repeat(2)}`],
  ['telegram-token', `123456789:AA${body(33)}`],
  ['azure-key', `AccountKey=${body(86)}==`],
  ['age-key', `AGE-SECRET-KEY-1${'QPZRY9X8GF'.repeat(6)}`],
  ['jwt', `eyJ${body(20)}.eyJ${body(40)}.${body(43)}`],
  ['private-key', pem('RSA PRIVATE KEY')],
  ['private-key', pem('OPENSSH PRIVATE KEY')],
  ['private-key', pem('PRIVATE KEY').replaceAll('\n', '\\n')],
  ['private-key', pem('EC PRIVATE KEY').split('\n').slice(0, 3).join('\n')],
  ['private-key', pem('PGP PRIVATE KEY BLOCK').replace('\n', '\nVersion: 1\n\n')],
];

/** Shapes in which only a part of the text is secret. */
const WITHIN: readonly (readonly [string, string, string])[] = [
  ['url-password', 'postgres://user:', 'hunter2'],
  ['url-password', 'DATABASE_URL=postgresql://:', 'pa%20ss'],
  ['url-password', 'redis://default:', body(20)],
  ['authorization', 'Authorization: Bearer ', body(32)],
  ['secret', 'const password = "', body(20)],
  ['secret', '"client_secret": "', body(24)],
  ['secret', "process.env['API_KEY'] = '", body(24)],
  ['secret', 'DB_PASSWORD=', body(20)],
  ['secret', 'aws_secret_access_key = "', body(40)],
  ['secret', '"smtp_pass": "', body(20)],
  ['secret', 'const dbPass = "', body(20)],
  ['secret', 'REDIS_AUTH=', body(20)],
  ['secret', 'SSHPASS=', body(16)],
];
const AFTER: Record<string, string> = { 'url-password': '@db:5432/shop', secret: '"', authorization: '' };

/** Lines of configuration files with a value that is not in quotes. */
const LINES: readonly (readonly [string, string, string?])[] = [
  ['    password: ', body(16)],
  ['password = ', body(16)],
  ['spring.datasource.password: ', 'k9Xw!2Lq8@Zr5Tb&1Vn'],
  ['  - DB_PASS: ', body(20), '  # rotated in May'],
  ['+  client-secret: ', '3f2b8c1e-5a7d-4e9b-8c6f-1a2b3c4d5e6f'],
  ['"api_key": ', '9f86d081884c7d659a2feaa0c55ad015'],
  ['MYSQL_PWD : ', 'x7k2m9q4w8r3t6z1', '\r'],
  ['; smtp_pass = ', body(24), ' ; for mail'],
  ['SECRET_KEY_BASE: ', '0a1b2c3d4e5f60718293a4b5c6d7e8f9'],
  ['requirepass = ', body(32)],
];

/** Ordinary text that must not be redacted. */
const HARMLESS = [
  'postgres://user:${DB_PASSWORD}@host/db',
  'postgres://user@host/db',
  'https://example.com:8080/a@b',
  'postgresql://user:password@host:port/database',
  'const password = "correct horse battery staple";',
  "const token = 'test-token-12345';",
  'password: process.env.DB_PASSWORD_OF_TODAY_2026',
  'API_TOKEN=process.env.API_TOKEN_V2_OF_2026',
  'secret=makeSecret(1234567890,abcdef)',
  'TOKEN=$(cat /run/secrets/token-2026-11)',
  'Bearer authentication-is-required',
  '"integrity": "sha512-abcDEF0123456789abcDEF0123456789=="',
  'the sk-fading-circle and sk-ant- prefixes, ghp_ and npm_config_cache',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  "if (text.includes('-----BEGIN PRIVATE KEY-----')) refuse();",
  'commit 708832ab3f7912b0c4e1d8a5f60c39e7b2d4a6f8',
  '3f2b8c1e-5a7d-4e9b-8c6f-1a2b3c4d5e6f',
  'eyJhbGciOiJIUzI1NiJ9 is only a head',
  // Names that end like those of passwords.
  'const compass = "aB3dE6gH9jK2mN5pQ8rS";',
  'const PASS_COUNT = "aB3dE6gH9jK2mN5pQ8rS";',
  'GIT_ASKPASS=/usr/share/code/git2/dist/askpass.sh',
  'passed: aB3dE6gH9jK2mN5p',
  // Values without quotes that name, compute or describe a secret.
  'password: string',
  '  password: ${SHOP_DB_PASSWORD_2026}',
  'password: {{ .Values.db2.existingPassword }}',
  '  password: process.env.DB_PASSWORD_2026',
  'password = os.environ.get("DB_PASSWORD_2026")',
  'password = generatePassword(32, alphabet62)',
  'password = row2.password_hash_sha256',
  'token: Base64EncodedStringV2',
  'secret: Uint8Array<ArrayBuffer>',
  'token = s3Client2.sessionToken',
  '  existingSecret: shop-db-credentials-v2',
  '  existingSecret: db-pg-15-main-rw2',
  '  secretName: aB3dE6gH9jK2mN5p',
  'credentials: arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db',
  'credentials: /var/run/secrets/shop2/database15',
  'token: https://auth.example.com/oauth2/v1/token',
  'tokenizer: Llama-3.1-8B-Instruct',
  'js-token: 4.0.0-beta.12+build.2026',
  'The password: aB3dE6gH9jK2mN5p',
  'password: aB3dE6gH9jK2mN5p is how it looks',
];

describe('redaction', () => {
  const { redact, find } = createRedactor([{ name: 'own-key', value: 'own/key+1$' }]);

  for (const [name, secret] of SECRETS) {
    it(`replaces a secret: ${name}, ${secret.slice(0, 12)}…`, () => {
      for (const [before, after] of [
        ['', ''],
        ['key: ', '\nmore'],
        ['\u001b[32m', '\u001b[39m'],
        ['"', '",'],
      ]) {
        const redacted = redact(`${before}${secret}${after}`);
        const lines = '\n'.repeat(secret.split('\n').length - 1);
        assert.match(redacted, new RegExp(`\\[redacted:${name}:[0-9a-f]{3}\\]`));
        assert.equal(redacted.replace(/\[redacted:[^\]]*\]/, ''), `${before}${lines}${after}`);
      }
    });
  }

  for (const [name, before, secret] of WITHIN) {
    it(`keeps the text around a secret: ${before}`, () => {
      const after = AFTER[name] ?? '';
      assert.equal(
        redact(`${before}${secret}${after}`).replace(/\[redacted:([a-z-]+):[0-9a-f]{3}\]/, '<$1>'),
        `${before}<${name}>${after}`,
      );
    });
  }

  for (const [before, secret, after = ''] of LINES) {
    it(`replaces a value without quotes that is alone on its line: ${before}`, () => {
      assert.equal(
        redact(`name: shop\n${before}${secret}${after}\nport: 5432`).replace(
          /\[redacted:secret:[0-9a-f]{3}\]/,
          '<secret>',
        ),
        `name: shop\n${before}<secret>${after}\nport: 5432`,
      );
    });
  }

  for (const text of HARMLESS) {
    it(`keeps text that is not secret: ${text.slice(0, 60)}`, () => assert.equal(redact(text), text));
  }

  it('replaces a known value wherever it occurs', () => {
    assert.match(redact('xown/key+1$own/key+1$y'), /^x(\[redacted:own-key:[0-9a-f]{3}\])\1y$/);
  });

  describe('with known values that a hostile repository chose', () => {
    /** Each value begins with all shorter ones, so that each position of a text has hundreds of them. */
    const nested = Array.from({ length: 1_000 }, (_, index) => '1'.repeat(index + 8));
    /** All begin alike, so that each position of a text could begin each of them. */
    const alike = Array.from({ length: 5_000 }, (_, index) => `AAAAAAAA${body(40)}${index}`);
    const cases = [
      ['contain each other', nested, '31'.repeat(100_000)],
      ['begin alike', alike, 'A'.repeat(100_000)],
    ] as const;
    for (const [what, values, text] of cases) {
      it(`takes bounded time and memory, and hides the whole text, when they ${what}`, () => {
        const known = values.map((value) => ({ name: 'file-secret', value }));
        const redactor = createRedactor(known);
        const marker = '[redacted:github-token:abc]';
        const hostile = `${marker}\n${text}\n${marker} a`;
        assert.ok(redactor.find(hostile).length < 10);
        const redacted = redactor.redact(hostile);
        assert.equal(
          redacted.replaceAll(/too-many-secrets:[0-9a-f]{3}/g, 'all'),
          `${marker}[redacted:all]\n\n${marker}[redacted:all]`,
        );
        assert.equal(redactor.redact(redacted), redacted);
      });
    }

    it('still tells secrets apart in an ordinary text', () => {
      const redactor = createRedactor(alike.map((value) => ({ name: 'file-secret', value })));
      assert.match(redactor.redact(`a ${alike[7] ?? ''} b`), /^a \[redacted:file-secret:[0-9a-f]{3}\] b$/);
    });
  });

  it('uses equal markers for equal secrets, and different ones for others', () => {
    const [one, two] = [`ghp_${body(36)}`, `ghp_${body(37)}`];
    assert.equal(findRedactionMarkers(redact(`${one} ${two} ${one}`)).length, 2);
    assert.equal(findRedactionMarkers(redact(`${one}\n${one}`)).length, 1);
  });

  it('keeps the number of lines', () => {
    const text = `a\n${pem('RSA PRIVATE KEY')}\nb`;
    assert.equal(redact(text).split('\n').length, text.split('\n').length);
    assert.equal(redact(text).split('\n').at(-1), 'b');
  });

  /** Parts of secrets in any order, as a text against the redactor might combine them. */
  const piece = fc.oneof(
    fc.constantFrom(
      ...SECRETS.map(([, secret]) => secret),
      ...SECRETS.map(([, secret]) => secret.slice(0, 9)),
      ...WITHIN.map(([, before, secret]) => before + secret),
      ...HARMLESS,
      'own/key+1$',
      '[redacted:github-token:abc]',
      '[redacted:',
      ']',
      '://',
      '@',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----',
      '-----END PRIVATE KEY-----',
    ),
    fc.string({ maxLength: 12 }),
  );
  const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

  it('is idempotent where a secret of several lines ends in the line of another', () => {
    const key = [
      '-----BEGIN PGP PRIVATE KEY BLOCK-----',
      '',
      body(180),
      '-----END PGP PRIVATE KEY BLOCK-----',
    ];
    const redacted = redact(`${key.join('\n')}db_password: ${body(20)}\n`);
    assert.ok(!redacted.includes(body(20)), redacted);
    assert.equal(redact(redacted), redacted);
  });

  it('is idempotent, and lengthens a text by a bounded factor', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const redacted = redact(text);
        assert.equal(redact(redacted), redacted);
        // The shortest secret is a password of one character in a URL.
        assert.ok(redacted.length <= text.length + 40 * find(text).length);
        assert.equal(redacted.split('\n').length, text.split('\n').length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves no secret in any text', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...SECRETS), texts, (before, [, secret], after) => {
        assert.ok(!redact(`${before}\n${secret}\n${after}`).includes(`\n${secret}\n`));
      }),
      { numRuns: 500 },
    );
  });
});
