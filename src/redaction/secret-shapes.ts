/** The shapes of secrets: a table of patterns. */

/**
 * One shape. Its pattern has the `g` flag, never matches an empty text, and takes bounded time at each start position:
 * an unbounded quantifier stands only at the end of a pattern, where it cannot backtrack.
 */
export interface SecretShape {
  /** The kind that the marker shows: small letters and dashes. */
  readonly name: string;
  readonly pattern: RegExp;
  /** The capture group that holds the secret; the whole match when absent. */
  readonly group?: number;
  /** A check that the pattern cannot express. */
  readonly accepts?: (secret: string) => boolean;
}

/** The separators between the lines of a key in a file, in JSON or in a string literal. */
const BREAK = String.raw`(?:\s|\\{1,4}[nrt]|["'\x60+,|>#*]){0,40}`;
const PEM_NAME = '[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----';

/** A private key, or the first part of one whose end was cut off. */
const PRIVATE_KEY = new RegExp(
  [
    `-----BEGIN ${PEM_NAME}`,
    String.raw`(?:${BREAK}(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): [^\n\\]{0,200})*`,
    `(?:${BREAK}[A-Za-z0-9+/=]{16,})*`,
    `(?:(?:${BREAK}[A-Za-z0-9+/=]{1,15})?${BREAK}-----END ${PEM_NAME})?`,
  ].join(''),
  'g',
);

/** The lines of base64 after the beginning of a key. */
const KEY_LINES = `(?:${BREAK}[A-Za-z0-9+/=]{16,})*(?:${BREAK}[A-Za-z0-9+/=]{2,15}(?![A-Za-z0-9+/=]))?`;

/**
 * A private key without its header line: the base64 of the first bytes that the formats of keys have, and no
 * certificate. PKCS#1, PKCS#8 (plain and encrypted), elliptic curves, Ed25519, OpenSSH.
 */
const BARE_PRIVATE_KEY = new RegExp(
  String.raw`(?:MII[\w+/]{3}IB(?:AAK[BC]|ADAN)|MI[GH][\w+/]{1,2}AgEAM|M[HI][\w+/]{1,2}CAQEE|MC4CAQAwBQYDK2Vw|b3BlbnNzaC1rZXktdjE)` +
    '[A-Za-z0-9+/=]{8,}' +
    KEY_LINES,
  'g',
);

/** The rest of a private key whose beginning was cut off (`BoundedOutput`). */
const CUT_PRIVATE_KEY = new RegExp(
  String.raw`bytes of output cut …\n((?:[A-Za-z0-9+/=]{1,100}(?:\r?\n|\\n)){1,2000}-----END ${PEM_NAME})`,
  'g',
);

/**
 * Start of a word. For shapes whose prefix is so short that it occurs inside words. The `m` that ends a terminal
 * colour code does not count as part of a word.
 */
const START = String.raw`(?<![A-Za-z0-9](?<!\[[\d;]{0,12}m))`;

/** The characters of an unquoted value. */
const UNQUOTED = String.raw`\w!#$%()*+./:<=>?@[\]^{|}~-`;

/** Goes before `pass`: words and programs that end in it and are no passwords (compass, bypass, ssh-askpass). */
export const NOT_OF_PASSWORDS = '(?<!ask|com|by|tres|sur|over|under)';

/** Short words that name a password only at the end of a name: not in `pass_count`, `passed` and `auth_method`. */
const SHORT_NAME = String.raw`(?:${NOT_OF_PASSWORDS}pass\d?|_auth|_pw)(?=["'\x60]?\]?\s{0,4}[:=])`;

/** Names of settings whose value is secret. */
export const SECRET_NAME = String.raw`(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|auth[_-]?key|credentials?|${SHORT_NAME})`;

export const SHAPES: readonly SecretShape[] = [
  { name: 'private-key', pattern: PRIVATE_KEY, accepts: holdsKey },
  { name: 'private-key', pattern: BARE_PRIVATE_KEY },
  { name: 'private-key', pattern: CUT_PRIVATE_KEY, group: 1 },
  { name: 'age-key', pattern: /AGE-SECRET-KEY-1[A-Z0-9]{50,}/g },
  { name: 'anthropic-key', pattern: /sk-ant-[\w-]{16,}/g },
  { name: 'openai-key', pattern: /sk-(?:proj|svcacct|admin|None)-[\w-]{20,}/g },
  { name: 'api-key', pattern: new RegExp(`${START}sk-[A-Za-z0-9]{32,}`, 'g') },
  { name: 'github-token', pattern: /gh[pousr]_[A-Za-z0-9]{30,}/g },
  { name: 'github-token', pattern: /github_pat_[A-Za-z0-9_]{22,}/g },
  { name: 'gitlab-token', pattern: /gl(?:pat|dt|rt|ptt|cbt|ft|soat|agent|imt)-[\w-]{20,}/g },
  { name: 'aws-access-key', pattern: new RegExp(`${START}(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])`, 'g') },
  { name: 'slack-token', pattern: /xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,}/g },
  { name: 'slack-webhook', pattern: /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{20,}/g },
  { name: 'google-key', pattern: /AIza[\w-]{35,}|GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,}/g },
  { name: 'npm-token', pattern: /npm_[A-Za-z0-9]{36,}/g },
  { name: 'pypi-token', pattern: /pypi-AgE[\w-]{40,}/g },
  { name: 'stripe-key', pattern: /[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}/g },
  { name: 'sendgrid-key', pattern: /SG\.[\w-]{16,64}\.[\w-]{16,}/g },
  { name: 'huggingface-token', pattern: new RegExp(`${START}hf_[A-Za-z0-9]{30,}`, 'g') },
  { name: 'digitalocean-token', pattern: /do[opr]_v1_[a-f0-9]{60,}/g },
  { name: 'docker-token', pattern: /dckr_(?:pat|oat)_[\w-]{20,}/g },
  { name: 'vault-token', pattern: new RegExp(String.raw`${START}hv[sb]\.[\w-]{24,}`, 'g') },
  { name: 'shopify-token', pattern: /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32,}/g },
  { name: 'databricks-token', pattern: new RegExp(`${START}dapi[a-f0-9]{32,}`, 'g') },
  { name: 'telegram-token', pattern: /\d{8,10}:AA[\w-]{33,}/g },
  { name: 'azure-key', pattern: /AccountKey=[A-Za-z0-9+/=]{60,}/g },
  // Matches all segments joined by dots, then `isJwt` judges the whole.
  { name: 'jwt', pattern: /eyJ[\w-]{8,}(?:\.[\w-]+)*/g, accepts: isJwt },
  {
    name: 'url-password',
    pattern: /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/'"`<>]{0,128}:([^\s@/'"`<>]{1,256})@/gi,
    group: 1,
    accepts: (secret) => !isPlaceholder(secret) && !isExampleValue(secret),
  },
  {
    name: 'authorization',
    pattern: /(?:Bearer|Basic|token)[ \t]{1,4}([\w.~+/=-]{16,})/gi,
    group: 1,
    accepts: isRandom,
  },
  {
    name: 'secret',
    pattern: new RegExp(
      String.raw`${SECRET_NAME}\w{0,20}["'\x60]?\]?\s{0,4}(?:=>|:=|[:=])\s{0,4}["'\x60]([^"'\x60\s]{16,256})["'\x60]`,
      'gi',
    ),
    group: 1,
    accepts: isRandom,
  },
  {
    // A line of an environment file, or of a printed environment.
    name: 'secret',
    pattern: new RegExp(String.raw`${SECRET_NAME}[A-Z0-9_]{0,20}=([${UNQUOTED}]{16,256})`, 'gi'),
    group: 1,
    accepts: isRandom,
  },
  {
    // A line of a configuration file (YAML, INI, properties), of a change to one, or one that is commented out.
    name: 'secret',
    pattern: new RegExp(
      [
        String.raw`^[-+#;/* \t]{0,40}["']?(?:[A-Za-z_][\w.-]{0,60})?${SECRET_NAME}(?:[_-]?key)?(?:_base)?["']?`,
        String.raw`[ \t]{0,8}[:=][ \t]{0,8}([&${UNQUOTED}]{16,256})`,
        String.raw`(?=[ \t]{1,8}[#;]|[ \t]{0,8}\r?$)`,
      ].join(''),
      'gim',
    ),
    group: 1,
    accepts: isGenerated,
  },
];

/** Whether a match contains key data: source code may contain only the header line. */
function holdsKey(text: string): boolean {
  return /[A-Za-z0-9+/=]{16}/.test(text.replace(/^-+[^-]*-+/, ''));
}

function isJwt(text: string): boolean {
  return /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/.test(text);
}

/** Whether a value is a placeholder: a variable, a template, or asterisks. */
function isPlaceholder(value: string): boolean {
  return /^[$<{%*[]|\$\{|\{\{|^(.)\1*$/.test(value);
}

/** Whether a value is an example password, as in the URLs of manuals and of Leadwright's own errors. */
function isExampleValue(value: string): boolean {
  return /^(?:pass(?:word|wd)?|pwd?|secret|token|key|\.{3}|…)$/i.test(value);
}

/** An expression in source code that reads or creates the value. */
const REFERENCE = /^(?:process|env|os|config|settings|self|this|app|ctx|import|System|Deno|Bun)\b[.[(]|\(/i;

/** Whether a value looks generated rather than like a word, a path or a sentence: letters and digits, high entropy. */
export function isRandom(value: string): boolean {
  if (isPlaceholder(value) || REFERENCE.test(value) || !/[a-z]/i.test(value) || !/\d/.test(value))
    return false;
  return entropy(value) >= MIN_ENTROPY;
}

/**
 * Whether a value is random and not made of words, as references and names are (`row2.password_hash`,
 * `Base64String`, `db-pg-15-main`). For values that are not in quotes.
 */
export function isGenerated(value: string): boolean {
  if (!isRandom(value) || value.split(/[^a-z\d]+/i).every((part) => NUMBERED_WORD.test(part))) return false;
  const words = (value.match(LETTERS) ?? []).filter((letters) => /[aeiouy]/i.test(letters));
  return words.join('').length < MAX_WORDS * value.length;
}

/** A part of a name: one word, with a number before or after it. */
const NUMBERED_WORD = /^\d*(?:[A-Z]?[a-z]*|[A-Z]+)\d*$/;
/** Shorter groups of letters are frequent in generated values. */
const LETTERS = /[A-Z]?[a-z]{3,}|[A-Z]{4,}/g;
/** The share of words in a value. Most generated values have less, and names such as `oauth2ClientV3` more. */
const MAX_WORDS = 0.4;

/** Bits per character. Generated values of 16 or more characters have at least 3.6; names like test-token-1 fewer. */
const MIN_ENTROPY = 3.5;

/** Shannon entropy, in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
