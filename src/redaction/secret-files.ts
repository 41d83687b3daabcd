/** Recognises secret files, which are hidden from the model. Pure. */

/** Patterns of file names in lower case, for any folder. */
const NAMES: readonly { readonly what: string; readonly name: RegExp }[] = [
  { what: 'an environment file', name: /^\.env(?:\..*|rc)?$|^.+\.env$/ },
  { what: 'a private key', name: /^id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)$/ },
  { what: 'a private key', name: /\.(?:ppk|key|p8|pk8|pvk)$/ },
  { what: 'a key store', name: /\.(?:p12|pfx|jks|keystore|kdbx?|agekey|keychain(?:-db)?|gpg|wallet)$/ },
  {
    what: 'a file of credentials',
    name: /^(?:\.npmrc|\.yarnrc\.yml|\.pypirc|\.netrc|_netrc|\.pgpass|\.my\.cnf|\.git-credentials|\.htpasswd|\.dockercfg|\.s3cfg|\.boto|\.vault-token|\.terraformrc|master\.key|credentials(?:\.json|\.ya?ml|\.toml|\.ini|\.tfrc\.json)?|secrets?\.(?:json|ya?ml|toml|ini)|service[-_]?account.*\.json|.*\.tfvars|terraform\.tfstate.*)$/,
  },
];

/** Patterns of whole paths, for files whose folder makes them secret. */
const PATHS =
  /(?:^|\/)(?:\.aws\/(?:credentials|config)|\.docker\/config\.json|\.kube\/config|\.ssh\/(?!config$|known_hosts$|authorized_keys$)[^/]+(?<!\.pub)|\.gnupg\/.+)$/;

/** Samples: they list the settings without real values. */
const SAMPLE = /[._-](?:example|sample|template|dist|defaults?)(?:\.|$)|^(?:example|sample)[._-]/;

/**
 * The kind of secret file that a path names.
 *
 * @returns words for the model, such as "a private key"; null for an ordinary file
 */
export function secretKindByPath(path: string): string | null {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  if (SAMPLE.test(name)) return null;
  if (PATHS.test(lower)) return 'a file of credentials';
  return NAMES.find((known) => known.name.test(name))?.what ?? null;
}

/** As `secretKindByPath`, and by the content of the file too. */
export function secretFileKind(path: string, content: Buffer): string | null {
  return secretKindByPath(path) ?? secretKindByContent(content);
}

/** A key starts at the beginning of its file, after a few lines of attributes at most. */
const BEGINNING_BYTES = 4_096;

function secretKindByContent(content: Buffer): string | null {
  const beginning = content.toString('latin1', 0, BEGINNING_BYTES);
  if (
    /^(?:(?:(?:Bag|Key) Attributes|#|[ \t])[^\n]*\n|\r?\n){0,12}-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(
      beginning,
    )
  )
    return 'a private key';
  if (/^PuTTY-User-Key-File-/.test(beginning)) return 'a private key';
  if (/^\s*\{[^}]*"type"\s*:\s*"(?:service_account|authorized_user)"/.test(beginning)) {
    return 'a file of credentials';
  }
  return null;
}
