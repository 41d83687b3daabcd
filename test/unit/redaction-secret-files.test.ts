import assert from 'node:assert/strict';
import { findFileSecrets } from '../../src/redaction/file-secrets.js';
import { namedSecrets, ownSecrets, passedSecrets } from '../../src/redaction/own-secrets.js';
import { SCANNER_EXAMPLES } from './redaction-scanner-rules.js';
import { secretKindByPath, secretFileKind } from '../../src/redaction/secret-files.js';

const SECRET = `
.env  .ENV  .env.local  .env.production  .envrc  app/.env  prod.env
id_rsa  keys/id_ed25519  server.key  deploy.ppk  AuthKey_1.p8
store.p12  cert.pfx  app.jks  release.keystore  vault.kdbx
.npmrc  .pypirc  .netrc  _netrc  .pgpass  .git-credentials  .htpasswd  .yarnrc.yml  .vault-token
.aws/credentials  home/.aws/config  .docker/config.json  .kube/config  .ssh/deploy  .gnupg/secring
credentials.json  credentials  secrets.yaml  secret.yml  service-account.json  service_account-prod.json
prod.tfvars  terraform.tfstate  terraform.tfstate.backup  config/master.key  shop.auto.tfvars.json
env.production  env.staging.local  .env-prod  .env_local  .envrc.local  deploy/env.prod
kubeconfig  prod.kubeconfig  kubeconfig.yaml  kubeconfig-prod  admin.conf
config/database.yml  config/database.yaml  wp-config.php  blog/wp-config.php  wp-config-local.php
secrets/db.yaml  secrets/prod/db.yml  k8s/secrets/api.json  .secrets/token  secrets/db_password  run/secrets/api_key.txt
db-secret.yaml  secrets.prod.yaml  prod.secrets.yml  config/secrets.yml.enc  app_secrets.toml  .secrets  .secret
.config/gh/hosts.yml  .config/hub  .config/glab-cli/config.yml  .config/gcloud/application_default_credentials.json
shop.tfstate  state/prod.tfstate  prod.tfstate.1700000000.backup  .terraform/terraform.tfstate
shop-service-account.json  serviceAccountKey.json  shop-firebase-adminsdk-x1.json  client_secret_123.json  gcp-key.json
auth.json  .auth/user.json  .m2/settings.xml  .m2/settings-security.xml  .gradle/gradle.properties  .cargo/credentials.toml  .azure/accessTokens.json
.netlify/state.json  .claude/.credentials.json  .bash_history  .vscode/sftp.json  pgpass.conf  id_rsa.old  keys/id_ed25519_work
`;
const NONE = `
.env.example  .env.sample  .env.template  env.ts  src/environment.ts  .environment  dotenv.md
id_rsa.pub  .ssh/deploy.pub  .ssh/known_hosts  keys.ts  key.md  monkey  server.crt  cert.pem
npmrc.md  secrets.ts  secret-files.ts  credentials.test.ts  credentials.example.json  package.json  tfvars.md
env.production.example  .env.production.sample  kubeconfig.example  config/database.yml.example  config/database.example.yml
wp-config-sample.php  secrets/db.example.yaml  secrets/README.md  src/secrets/index.ts  secrets/vault_client.py  secrets/mod.rs
secret-scanner.json  secrets.schema.json  docs/secrets.md  sealed-secrets.md  history  HISTORY  env/index.ts  environment.json
terraform.tf  tfstate.ts  hosts.yml  settings.xml  gradle.properties  database.ts  auth.ts  auth.test.json  locales/en/auth.json  src/kubeconfig.go
`;
const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

describe('files that look like secrets', () => {
  for (const path of words(SECRET)) {
    it(`are recognised by their path: ${path}`, () => assert.notEqual(secretKindByPath(path), null));
  }
  for (const path of words(NONE)) {
    it(`do not include ${path}`, () => assert.equal(secretKindByPath(path), null));
  }

  const contents: readonly (readonly [string, string, string, boolean])[] = [
    ['a key in a .pem', 'a.pem', '-----BEGIN EC PRIVATE KEY-----\nMHc\n', true],
    ['a key after its attributes', 'a.pem', 'Bag Attributes\n    x: y\n-----BEGIN PRIVATE KEY-----\n', true],
    ['a key in a file without a telling name', 'deploy', '-----BEGIN OPENSSH PRIVATE KEY-----\n', true],
    ['a service account', 'x.json', '{\n  "type": "service_account",\n "a": 1}', true],
    ['a certificate', 'a.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n', false],
    ['a program that looks for keys', 'a.ts', "if (x === '-----BEGIN PRIVATE KEY-----') {\n", false],
    ['JSON of another type', 'x.json', '{ "type": "module" }', false],
  ];
  for (const [what, path, content, secret] of contents) {
    it(`are checked by their content: ${what}`, () => {
      assert.equal(secretFileKind(path, Buffer.from(content)) !== null, secret);
    });
  }

  it('include what known scanners look for, or there is a reason why not', () => {
    const problems = SCANNER_EXAMPLES.filter(
      ({ path, content = '', shown }) =>
        (secretFileKind(path, Buffer.from(content)) === null) !== (shown !== undefined),
    );
    assert.deepEqual(
      problems.map(({ rule, path }) => `${rule}: ${path}`),
      [],
    );
    assert.ok(SCANNER_EXAMPLES.length > 90);
  });

  it('provide values that are redacted elsewhere', () => {
    const values = findFileSecrets(
      [
        '# production is a word, and so is localhost:5432',
        'NODE_ENV=production',
        'PORT=5432',
        'SESSION_SECRET=not-random-4',
        'export STRIPE="k9Xw2Lq8Zr5Tb1Vn"',
        'DATABASE_URL=postgres://shop:Tr0ub4dor@localhost:5432/shop',
        'machine example.com login me password hunter2hunter2',
        'SMTP_PASS=plain-word-7 # the tests pass in-memory',
        'REDIS_AUTH=lamp-in-blue',
        'GIT_ASKPASS=ssh-askpass',
        '"client_secret": "0123-abcd"',
      ].join('\n'),
    ).map(({ value }) => value);
    for (const value of [
      ...['not-random-4', 'k9Xw2Lq8Zr5Tb1Vn', 'Tr0ub4dor', 'hunter2hunter2', '0123-abcd'],
      ...['plain-word-7', 'lamp-in-blue'],
    ]) {
      assert.ok(values.includes(value), value);
    }
    for (const value of ['production', '5432', 'localhost', 'example.com', 'in-memory', 'ssh-askpass']) {
      assert.ok(!values.some((each) => value.includes(each)), value);
    }
  });

  it('provide passwords that are words, unless ordinary text is full of them', () => {
    const values = findFileSecrets(
      [
        'DB_PASSWORD=correcthorse',
        'export MAIL_PASSWD="Batterystaple"',
        'db_pwd: wintersonne',
        '  "password": "sommerregen",',
        'SMTP_PASS=frostmorning',
        'ROOT_PW=snowdropfield',
        'ADMIN_PW=blue-7-lamp',
        ...[
          'production',
          'localhost',
          'Postgres',
          'password',
          'changeme',
          'required',
          'xxxxxxxx',
          'seven',
        ].map((word) => `TEST_PASSWORD=${word}`),
        'PASSWORD_HASHER=algorithm',
        'COMPASS=northwards',
        'password is mandatory',
        'password = readline()',
        'NODE_ENV=integration',
      ].join('\n'),
    ).map(({ value }) => value);
    const words = [
      'correcthorse',
      'Batterystaple',
      'wintersonne',
      'sommerregen',
      'frostmorning',
      'snowdropfield',
    ];
    assert.deepEqual(values.toSorted(), [...words, 'blue-7-lamp', 'readline()'].toSorted());
  });
});

describe('the secrets of a process', () => {
  const valuesIn = (env: Record<string, string>) => ownSecrets(env).map(({ value }) => value);

  it('include the values of variables with telling names', () => {
    const env = {
      ANTHROPIC_API_KEY: 'sk-1-own-key',
      LEADWRIGHT_TOKEN: 'a-token-of-4',
      TEMPORAL_API_KEY: 'temporal-1',
      GITHUB_PAT: 'github-pat-1',
      PATH: '/usr/bin:/bin-12',
      KEYBOARD: 'pc105-intl-2',
      TLS_KEY: '/etc/ssl/private.key',
    };
    assert.deepEqual(valuesIn(env), ['sk-1-own-key', 'a-token-of-4', 'temporal-1', 'github-pat-1']);
  });

  const PASSWORDS = `DB_PASS SMTP_PASS MYSQL_PWD MAIL_PWD SA_PWD GPG_PASSPHRASE VPN_PASSCODE SSHPASS PGPASS
    REDIS_AUTH REDISCLI_AUTH GITHUB_OAUTH DB_PW ROOT_PASS2 PASS dbPass`;
  for (const name of words(PASSWORDS)) {
    it(`include the value of ${name}`, () =>
      assert.deepEqual(valuesIn({ [name]: 'blue-7-lamp' }), ['blue-7-lamp']));
  }

  const ORDINARY = `PWD OLDPWD COMPASS ENCOMPASS RATE_BYPASS PASS_COUNT PASSENGERS GIT_ASKPASS SSH_ASKPASS
    POSTGRES_HOST_AUTH_METHOD SSH_AUTH_SOCK GOAUTH AUTHOR`;
  for (const name of words(ORDINARY)) {
    it(`exclude the value of ${name}`, () => assert.deepEqual(valuesIn({ [name]: 'blue-7-lamp' }), []));
  }

  it('exclude folders and names of methods in variables that are called like passwords', () => {
    assert.deepEqual(
      valuesIn({ HOST_PWD: '/home/me/shop-2', SMTP_AUTH: 'CRAM-MD5', DB_AUTH: 'scram-sha-256' }),
      [],
    );
  });

  it('include generated values that commands get, and no settings', () => {
    const values = (env: Record<string, string>) =>
      passedSecrets(env, Object.keys(env)).map(({ value }) => value);
    assert.deepEqual(values({ SANDBOX_SHOP: 'k9Xw2Lq8Zr5Tb1Vn' }), ['k9Xw2Lq8Zr5Tb1Vn']);
    const settings = {
      TZ: 'America/Argentina/Buenos_Aires',
      PYTHONPATH: 'src/lib:src/python3.12',
      GOPRIVATE: 'github.com/acme/v2',
      GOPROXY: 'https://proxy.golang.org/v2,direct',
      RUSTFLAGS: '-D warnings -C target-cpu=x86-64-v2',
      NODE_OPTIONS: '--max-old-space-size=4096',
      IMAGE: 'postgres15-alpine3.18',
    };
    assert.deepEqual(values(settings), []);
  });

  it('include passwords in URLs, encoded and decoded', () => {
    assert.deepEqual(valuesIn({ DATABASE_URL: 'postgres://me:p%40ssw0rd-1@db/shop' }), [
      'p%40ssw0rd-1',
      'p@ssw0rd-1',
    ]);
    assert.deepEqual(valuesIn({ DATABASE_URL: 'postgres://me@db/shop', OTHER_TOKEN: 'https://a/b' }), []);
  });

  it('include each key of a list', () => {
    const [one, two] = ['A'.repeat(30) + '1=', 'B'.repeat(30) + '2='];
    const found = valuesIn({ LEADWRIGHT_ENCRYPTION_KEYS: `new:${one},old:${two}` });
    assert.ok(found.includes(one) && found.includes(two));
    const headers = valuesIn({ OTEL_EXPORTER_OTLP_HEADERS: `x-tenant=shop,authorization=Bearer ${one}` });
    assert.ok(headers.includes(one));
  });

  it('include the token after its scheme, alone too, in a variable of an MCP server', () => {
    const values = (value: string) => namedSecrets({ DOCS: value }, ['DOCS']).map((each) => each.value);
    assert.deepEqual(values('Bearer blue-7-lamp'), ['Bearer blue-7-lamp', 'blue-7-lamp']);
    assert.deepEqual(values('/home/me/a folder-1'), []);
  });

  it('exclude ordinary words, which would be redacted everywhere', () => {
    assert.deepEqual(valuesIn({ DB_PASSWORD: 'postgres', API_KEY: 'none', A_TOKEN: '', B_TOKEN: 'x-1' }), []);
  });
});
