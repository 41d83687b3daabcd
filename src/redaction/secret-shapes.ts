/** What secrets look like: a table. */

/**
 * A shape's pattern is global. It costs a bounded number of steps at each place where it might begin: a run without
 * a bound stands at its end only, where nothing can make it give back what it took.
 */
export interface SecretShape {
  /** What a mask says it stands for: small letters and dashes. */
  readonly name: string;
  readonly pattern: RegExp;
  /** The group that is the secret; the whole match when left out. */
  readonly group?: number;
  /** What the pattern alone cannot tell. */
  readonly accepts?: (secret: string) => boolean;
}

/** Between the lines of a key, as they stand in a file, in JSON or in a program's string. */
const BREAK = String.raw`(?:\s|\\[nrt]|["'\x60+,|>#*]){0,40}`;
const PEM_NAME = '[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----';

/** A private key; where its end was cut off, what there is of it. */
const PRIVATE_KEY = new RegExp(
  [
    `-----BEGIN ${PEM_NAME}`,
    String.raw`(?:${BREAK}(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): [^\n\\]{0,200})*`,
    `(?:${BREAK}[A-Za-z0-9+/=]{16,})*`,
    `(?:(?:${BREAK}[A-Za-z0-9+/=]{1,15})?${BREAK}-----END ${PEM_NAME})?`,
  ].join(''),
  'g',
);

/** Not in the middle of a word: its beginning is too short to tell it from one. The end of a colour is no word. */
const START = String.raw`(?<![A-Za-z0-9](?<!\[[\d;]{0,12}m))`;

/** Characters of a value that is not in quotes. */
const UNQUOTED = String.raw`[\w!#$%()*+./:<=>?@[\]^{|}~-]`;

/** A name that says that what is assigned to it is secret. */
export const SECRET_NAME = String.raw`(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|auth[_-]?key|credentials?)`;

export const SHAPES: readonly SecretShape[] = [
  { name: 'private-key', pattern: PRIVATE_KEY, accepts: holdsKey },
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
  // All that hangs together is taken, and judged as a whole.
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
    // A line of an environment, as a file or as a program prints it.
    name: 'secret',
    pattern: new RegExp(String.raw`${SECRET_NAME}[A-Z0-9_]{0,20}=(${UNQUOTED}{16,256})`, 'gi'),
    group: 1,
    accepts: isRandom,
  },
];

/** A program that only speaks of keys holds none. */
function holdsKey(text: string): boolean {
  return /[A-Za-z0-9+/=]{16}/.test(text.replace(/^-+[^-]*-+/, ''));
}

function isJwt(text: string): boolean {
  return /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/.test(text);
}

/** Where a value is put in later: a variable, a template, stars. */
function isPlaceholder(value: string): boolean {
  return /^[$<{%*[]|\$\{|\{\{|^(.)\1*$/.test(value);
}

/** As in the address that a manual, or an error of ours, gives as an example. */
function isExampleValue(value: string): boolean {
  return /^(?:pass(?:word|wd)?|pwd?|secret|token|key|\.{3}|…)$/i.test(value);
}

/** Where a program takes a value from, or makes one. */
const REFERENCE = /^(?:process|env|os|config|settings|self|this|app|ctx|import|System|Deno|Bun)\b[.[(]|\(/i;

/** A generated value, rather than a word, a path or a sentence: letters and digits, and few of them twice. */
export function isRandom(value: string): boolean {
  if (isPlaceholder(value) || REFERENCE.test(value) || !/[a-z]/i.test(value) || !/\d/.test(value))
    return false;
  return entropy(value) >= RANDOM_BITS;
}

/** Bits a character: generated values have 3.6 and more from 16 characters on, names such as test-token-1 fewer. */
const RANDOM_BITS = 3.5;

function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
