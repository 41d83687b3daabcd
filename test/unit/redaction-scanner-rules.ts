/**
 * Example paths for the path rules of known scanners of secrets, with what Leadwright decides for each. The paths are
 * our own; the rules are those of
 * - shhgit, config.yaml (MIT licence, Paul Price), commit 07d9aa9
 * - gitrob, filesignatures.json (MIT licence, Michael Henriksen), commit 0c51857
 * - gitleaks, config/gitleaks.toml (MIT licence, Zachary Rice), commit 009e025: its one path rule, pkcs12-file
 */

/** A path that a rule matches. */
export interface ScannerExample {
  /** The rule, by the scanner's name for what it finds. */
  readonly rule: string;
  readonly path: string;
  readonly by: 'both' | 'shhgit' | 'gitrob' | 'gitleaks';
  /** The content, where it decides. */
  readonly content?: string;
  /** Why the file is shown nevertheless. Secrets within it are redacted as in any file. */
  readonly shown?: string;
}

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n';
const SOURCE = 'source code that an agent has to read; values in it are redacted by shape';
const SHELL = 'settings of a shell, rarely with a secret; values in it are redacted by shape';
const DATA =
  'data rather than credentials; a binary file is not shown, values in a text are redacted by shape';
const WORD = 'a word of a path says nothing about the content: forms, migrations and tests have it too';

const both = (rule: string, path: string, more: Pick<ScannerExample, 'content' | 'shown'> = {}) =>
  ({ rule, path, by: 'both', ...more }) as const;

export const SCANNER_EXAMPLES: readonly ScannerExample[] = [
  both('cryptographic private key', 'certs/site.pem', { content: KEY }),
  both('log file', 'debug.log', { shown: DATA }),
  both('key bundle', 'store.pkcs12'),
  both('key bundle', 'store.p12'),
  both('key bundle', 'store.pfx'),
  both('key bundle', 'me.asc', { content: '-----BEGIN PGP PRIVATE KEY BLOCK-----\n' }),
  both('Pidgin OTR private key', '.purple/otr.private_key'),
  both('OpenVPN client configuration', 'office.ovpn'),
  both('Azure service configuration', 'Service.cscfg'),
  both('Remote Desktop connection', 'server.rdp'),
  both('Microsoft SQL database', 'shop.mdf', { shown: DATA }),
  both('Microsoft SQL server compact database', 'shop.sdf', { shown: DATA }),
  both('SQLite database', 'shop.sqlite', { shown: DATA }),
  { rule: 'SQLite3 database', path: 'shop.sqlite3', by: 'shhgit', shown: DATA },
  both('BitLocker recovery key', 'disk.bek'),
  both('BitLocker TPM password', 'disk.tpm'),
  { rule: 'BitLocker encrypted data', path: 'disk.fve', by: 'shhgit' },
  both('Java keystore', 'release.jks'),
  both('Password Safe database', 'mine.psafe3'),
  both('Rails secret token', 'config/initializers/secret_token.rb'),
  both('Carrierwave configuration', 'config/initializers/carrierwave.rb', { shown: SOURCE }),
  both('Rails database configuration', 'config/database.yml'),
  both('OmniAuth configuration', 'config/initializers/omniauth.rb', { shown: SOURCE }),
  both('Django configuration', 'shop/settings.py', { shown: SOURCE }),
  both('1Password database', 'mine.agilekeychain'),
  both('Apple keychain', 'login.keychain'),
  both('network capture', 'trace.pcap', { shown: DATA }),
  both('GnuCash database', 'home.gnucash', { shown: DATA }),
  both('Jenkins publish over SSH', 'jenkins.plugins.publish_over_ssh.BapSshPublisherPlugin.xml'),
  both('Jenkins credentials', 'credentials.xml'),
  both('KDE wallet', 'kdewallet.kwallet'),
  both('MediaWiki configuration', 'LocalSettings.php'),
  both('Tunnelblick configuration', 'office.tblk'),
  both('Sequel Pro bookmarks', 'Favorites.plist'),
  both('Little Snitch configuration', 'configuration.user.xpl', {
    shown: 'rules of a firewall, without credentials',
  }),
  both('Day One journal', 'mine.dayone', { shown: DATA }),
  both('jrnl journal', 'journal.txt', { shown: DATA }),
  both('Chef Knife configuration', '.chef/knife.rb', {
    shown: 'names a server and the path of a key, which is hidden',
  }),
  both('Chef private key', '.chef/me.pem', { content: KEY }),
  both('cPanel ProFTPd credentials', 'proftpdpasswd'),
  both('Robomongo configuration', 'robomongo.json'),
  both('FileZilla configuration', 'filezilla.xml'),
  both('FileZilla recent servers', 'recentservers.xml'),
  both('Ventrilo server configuration', 'ventrilo_srv.ini'),
  both('Terraform variables', 'terraform.tfvars'),
  both('shell configuration', '.exports', { shown: SHELL }),
  both('shell configuration', '.functions', { shown: SHELL }),
  both('shell configuration', '.extra', { shown: SHELL }),
  both('shell configuration', '.bashrc', { shown: SHELL }),
  both('shell profile', '.bash_profile', { shown: SHELL }),
  both('shell aliases', '.zsh_aliases', { shown: SHELL }),
  both('private SSH key', 'deploy_rsa'),
  both('private SSH key', 'deploy_dsa'),
  both('private SSH key', 'deploy_ed25519'),
  both('private SSH key', 'deploy_ecdsa'),
  both('SSH configuration', '.ssh/config', { shown: 'names hosts and the paths of keys, which are hidden' }),
  both('cryptographic private key', 'server.key'),
  both('cryptographic private key', 'server.keypair'),
  both('shell history', '.bash_history'),
  both('MySQL history', '.mysql_history'),
  both('PostgreSQL history', '.psql_history'),
  both('IRB history', '.irb_history'),
  both('PostgreSQL passwords', '.pgpass'),
  both('PostgreSQL passwords', 'pgpass'),
  both('Pidgin accounts', '.purple/accounts.xml'),
  both('Hexchat servers', '.xchat2/servlist_.conf'),
  both('Irssi configuration', '.irssi/config'),
  both('Recon-ng keys', '.recon-ng/keys.db'),
  both('DBeaver configuration', '.dbeaver-data-sources.xml'),
  both('Mutt configuration', '.muttrc'),
  both('S3cmd configuration', '.s3cfg'),
  both('AWS credentials', '.aws/credentials'),
  both('SFTP configuration', 'sftp-config.json'),
  both('Twitter client', '.trc'),
  both('PHP configuration', 'app/config.php', { shown: SOURCE }),
  both('phpMyAdmin configuration', 'config.inc.php'),
  both('GNOME keyring', 'login.keyring'),
  both('keystore', 'app.keystore'),
  both('KeePass database', 'mine.kdbx'),
  both('SQL dump', 'dump.sql', { shown: DATA }),
  both('Apache passwords', '.htpasswd'),
  both('automatic login', '_netrc'),
  both('RubyGems credentials', '.gem/credentials'),
  both('Tugboat configuration', '.tugboat'),
  both('doctl configuration', '.config/doctl/config.yaml'),
  both('git credentials', '.git-credentials'),
  both('hub configuration', '.config/hub'),
  both('git configuration', '.gitconfig', { shown: 'settings of git; a token in it is redacted by shape' }),
  both('Linux shadow file', 'etc/shadow'),
  both('Linux passwd file', 'etc/passwd', { shown: 'names of users, without passwords for decades' }),
  both('Docker configuration', '.dockercfg'),
  both('npm configuration', '.npmrc'),
  both('environment', '.env'),
  both('environment', 'env'),
  { rule: 'gcloud credential database', path: '.config/gcloud/credentials.db', by: 'gitrob' },
  { rule: 'service account key', path: 'credentials.json', by: 'gitrob' },
  {
    rule: 'service account key',
    path: 'shop-0123456789ab.json',
    by: 'gitrob',
    content: '{\n  "type": "service_account",\n  "project_id": "shop"\n}\n',
  },
  { rule: 'legacy gcloud credentials', path: '.boto', by: 'gitrob' },
  { rule: 'legacy service account key', path: 'adc.json', by: 'gitrob' },
  { rule: 'the word credential', path: 'src/credential-form.ts', by: 'gitrob', shown: WORD },
  { rule: 'the word password', path: 'src/password-field.ts', by: 'gitrob', shown: WORD },
  { rule: 'pkcs12-file', path: 'certs/client.p12', by: 'gitleaks' },
];
