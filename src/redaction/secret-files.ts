/** Recognises secret files, which are hidden from the model. Pure. */

const ENVIRONMENT = 'an environment file';
const PRIVATE_KEY = 'a private key';
const KEY_STORE = 'a key store';
const CREDENTIALS = 'a file of credentials';

/** The environments and machines that a configuration is for, in names such as `env.production` and `secrets.prod.yaml`. */
const STAGE = '(?:prod(?:uction)?|stag(?:e|ing)|dev(?:elopment)?|test(?:ing)?|qa|ci|live|local|enc|dec)';

/** Patterns of file names in lower case, for any folder. */
const NAMES: readonly { readonly what: string; readonly name: RegExp }[] = [
  { what: ENVIRONMENT, name: /^\.env(?:rc)?(?:[._-].*)?$|^.+\.env$/ },
  { what: ENVIRONMENT, name: new RegExp(String.raw`^env(?:[._-]${STAGE})*$`) },

  { what: PRIVATE_KEY, name: /(?:^|[._-])(?:id_)?(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/ },
  { what: PRIVATE_KEY, name: /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-](?!pub$).*)?$/ },
  { what: PRIVATE_KEY, name: /\.(?:ppk|key|keypair|p8|pk8|pvk|private_key)$/ },

  {
    what: KEY_STORE,
    name: /\.(?:p12|pfx|pkcs12|jks|keystore|keyring|kdbx?|agekey|keychain(?:-db)?|agilekeychain|opvault|psafe3|gpg|k?wallet)$/,
  },
  // BitLocker's recovery keys.
  { what: KEY_STORE, name: /\.(?:bek|tpm|fve)$/ },

  // Package managers, version control, containers.
  {
    what: CREDENTIALS,
    name: /^(?:\.?npmrc|\.yarnrc\.yml|\.pypirc|\.?dockercfg|\.?git-credentials|settings-security\.xml)$/,
  },
  // Clients of databases, hosts and services.
  {
    what: CREDENTIALS,
    name: /^(?:[._]?netrc|\.?pgpass(?:\.conf)?|\.my\.cnf|\.mylogin\.cnf|\.?htpasswd|\.?s3cfg|\.boto|\.vault-token|\.terraformrc|\.?muttrc|\.?msmtprc|\.?trc|\.?tugboat|\.?dbeaver-data-sources\.xml|robomongo\.json|favorites\.plist|sftp(?:-config)?\.json|sftp-config|\.ftpconfig|\.remote-sync\.json|filezilla\.xml|(?:recentservers|sitemanager)\.xml|ventrilo_srv\.ini|proftpdpasswd)$/,
  },
  { what: CREDENTIALS, name: /\.(?:ovpn|tblk|rdp|cscfg|publishsettings)$/ },
  // What was typed may hold passwords. Without the dot, `history` is a change log.
  { what: CREDENTIALS, name: /^\.(?:\w{1,20}_|z)?history$|^(?:bash|zsh|mysql|psql|irb)_history$/ },

  // Applications.
  {
    what: CREDENTIALS,
    name: /^(?:database\.ya?ml|secret_token\.rb|master\.key|wp-config(?:[._-].+)?\.php|localsettings\.php|config\.inc\.php|credentials\.xml|jenkins\.plugins\.publish_over_ssh\..*\.xml)$/,
  },
  { what: CREDENTIALS, name: /^\.?credentials(?:\.(?:json|ya?ml|toml|ini|db|tfrc\.json))?$/ },
  // `secrets.yaml`, `db-secret.json`, `secrets.prod.toml`, `prod.secrets.yml.enc`
  {
    what: CREDENTIALS,
    name: new RegExp(
      String.raw`^(?:.*[._-])?secrets?(?:[._-]${STAGE})*\.(?:json|ya?ml|toml|ini|properties)(?:\.(?:enc|age))?$|^\.secrets?$`,
    ),
  },

  // Clusters and clouds.
  { what: CREDENTIALS, name: /^(?:.*[._-])?kubeconfig(?:[._-](?!go$|ts$|js$|py$|rs$|md$).+)?$/ },
  { what: CREDENTIALS, name: /^(?:admin|kubelet|controller-manager|scheduler)\.conf$/ },
  { what: CREDENTIALS, name: /\.tfvars(?:\.json)?$|\.tfstate(?:\..*)?$/ },
  {
    what: CREDENTIALS,
    name: /service[-_]?account.*\.json$|firebase-adminsdk.*\.json$|^(?:client_secrets?.*|adc|(?:gcp|gcloud|google)[-_]?(?:key|credentials)|application_default_credentials)\.json$/,
  },
];

/** Patterns of whole paths, for files whose folder makes them secret. */
const PATHS: readonly RegExp[] = [
  /(?:^|\/)\.aws\/(?:credentials|config)$/,
  /(?:^|\/)\.docker\/config\.json$/,
  /(?:^|\/)\.kube\/config$/,
  /(?:^|\/)\.ssh\/(?!config$|known_hosts$|authorized_keys$)[^/]+(?<!\.pub)$/,
  /(?:^|\/)\.gnupg\/.+$/,
  /(?:^|\/)(?:\.?config\/hub|\.?config\/gh\/hosts\.yml|glab-cli\/config\.yml|doctl\/config\.yaml)$/,
  /(?:^|\/)(?:\.config\/)?gcloud\/(?:.*\/)?(?:[^/]*credentials[^/]*|access_tokens\.db)$/,
  /(?:^|\/)\.azure\/(?:accesstokens|msal_token_cache|azureprofile|service_principal_entries)\.(?:json|bin)$/,
  /(?:^|\/)\.(?:m2\/settings\.xml|gradle\/gradle\.properties|netlify\/state\.json|cargo\/credentials)$/,
  /(?:^|\/)\.?(?:purple\/accounts\.xml|xchat2?\/servlist_?\.conf|irssi\/config|recon-ng\/keys\.db)$/,
  // Composer's; in other folders `auth.json` is a translation. Playwright keeps sessions in `.auth`.
  /^auth\.json$|(?:^|\/)(?:\.composer\/auth|\.auth\/[^/]+)\.json$/,
  /(?:^|\/)etc\/g?shadow$/,
  // A folder of secrets: what has no ending, or the ending of data. Source code and documentation are shown.
  /(?:^|\/)\.?secrets?\/(?:[^/]+\/)*(?!readme|licen[cs]e|makefile|dockerfile|codeowners)[^/.][^/]*(?<=\/[^/.]*|\.(?:ya?ml|json|toml|ini|env|txt|properties|conf|cfg|xml|csv|pem|enc|age|asc))$/,
];

/** Samples: they list the settings without real values. */
const SAMPLE = /[._-](?:example|sample|template|dist|defaults?)(?:\.|$)|^(?:example|sample)[._-]/;

/** Whether a path is that of a sample, whatever else it names. */
export function isSample(path: string): boolean {
  return SAMPLE.test(path.slice(path.lastIndexOf('/') + 1).toLowerCase());
}

/**
 * The kind of secret file that a path names.
 *
 * @returns words for the model, such as "a private key"; null for an ordinary file
 */
export function secretKindByPath(path: string): string | null {
  if (isSample(path)) return null;
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  if (PATHS.some((pattern) => pattern.test(lower))) return CREDENTIALS;
  return NAMES.find((known) => known.name.test(name))?.what ?? null;
}

/** As `secretKindByPath`, and by the content of the file too. */
export function secretFileKind(path: string, content: Buffer): string | null {
  return secretKindByPath(path) ?? secretKindByContent(content);
}

/** A key starts at the beginning of its file, after a few lines of attributes at most. */
const BEGINNING_BYTES = 4_096;

/** As `secretKindByPath`, by the content alone. */
export function secretKindByContent(content: Buffer): string | null {
  const beginning = content.toString('latin1', 0, BEGINNING_BYTES);
  if (
    /^(?:(?:(?:Bag|Key) Attributes|#|[ \t])[^\n]*\n|\r?\n){0,12}-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(
      beginning,
    )
  )
    return PRIVATE_KEY;
  if (/^PuTTY-User-Key-File-/.test(beginning)) return PRIVATE_KEY;
  if (/^\s*\{[^}]*"type"\s*:\s*"(?:service_account|authorized_user)"/.test(beginning)) {
    return CREDENTIALS;
  }
  return null;
}
