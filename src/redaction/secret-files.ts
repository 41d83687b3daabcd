/** Files that look like secrets: they are not shown to a model. Pure. */

/** Names of files, whatever folder they are in, in small letters. */
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

/** By the folder that they are in. */
const PATHS =
  /(?:^|\/)(?:\.aws\/(?:credentials|config)|\.docker\/config\.json|\.kube\/config|\.ssh\/(?!config$|known_hosts$|authorized_keys$)[^/]+(?<!\.pub)|\.gnupg\/.+)$/;

/** Written to be read: they say which settings there are, without any value that matters. */
const SAMPLE = /[._-](?:example|sample|template|dist|defaults?)(?:\.|$)|^(?:example|sample)[._-]/;

/** What it looks like by its path; null when it looks like no secret. */
export function secretKindByPath(path: string): string | null {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  if (SAMPLE.test(name)) return null;
  if (PATHS.test(lower)) return 'a file of credentials';
  return NAMES.find((known) => known.name.test(name))?.what ?? null;
}

/** What it looks like by its path or its content; null when it looks like no secret. */
export function secretFileKind(path: string, content: Buffer): string | null {
  return secretKindByPath(path) ?? secretKindByContent(content);
}

/** A key begins where its file does, after a few lines of attributes at most. */
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
