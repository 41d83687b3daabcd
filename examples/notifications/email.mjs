// on_end: MAIL_TO=team@example.org node notifications/email.mjs
// Sends with the machine's own mail system. SENDMAIL names another program than /usr/sbin/sendmail.
import { spawnSync } from 'node:child_process';
import { readMessage } from './message.mjs';

const to = process.env.MAIL_TO;
if (!to) throw new Error('Set MAIL_TO.');
const { title, lines } = readMessage();
/** A header has one line, and other characters than ASCII are encoded. */
const subject = `=?UTF-8?B?${Buffer.from(title.replace(/\s+/g, ' ')).toString('base64')}?=`;
const message = [
  `To: ${to.replace(/\s+/g, ' ')}`,
  `Subject: ${subject}`,
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  ...lines,
  '',
].join('\n');
const { status, error } = spawnSync(process.env.SENDMAIL ?? '/usr/sbin/sendmail', ['-t', '-i'], {
  input: message,
  stdio: ['pipe', 'inherit', 'inherit'],
});
if (error) throw error;
process.exitCode = status ?? 1;
