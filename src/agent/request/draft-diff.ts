/** The changes of a draft, for the first message of a conversation. Secrets are hidden as the read tools hide them. */
import type { CommitSha } from '../../contract/ids.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { Redactor } from '../../redaction/redactor.js';
import { secretFileKind } from '../../redaction/secret-files.js';
import { formatList } from '../../shared/words/format.js';
import { decodeText, tooLarge } from '../changes/text-file.js';

/** Bytes of both versions of all files that are compared: far more than the message has room for. */
const COMPARED_BYTES = 2 * 1024 * 1024;
/** Files that are looked at. Their paths are arguments of one command. */
const COMPARED_FILES = 200;
/** Other files that are named. */
const NAMES_SHOWN = 50;

/**
 * Describes the changes between two commits. A secret file, and a file with a secret in it, is only named: a line of a
 * diff begins with a sign, so the redactor would not recognise a secret of several lines there.
 * @returns a diff, and the names of what it leaves out; '' when nothing differs
 */
export async function describeDraft(
  store: Pick<GitStore, 'changedPaths' | 'readFile' | 'diff'>,
  redactor: Redactor,
  from: CommitSha,
  to: CommitSha,
): Promise<string> {
  const compared: string[] = [];
  const named: string[] = [];
  let left = COMPARED_BYTES;
  for (const path of await store.changedPaths(from, to)) {
    const isTried = left > 0 && compared.length + named.length < COMPARED_FILES;
    const bytes = isTried ? await sizeIfOpen(path) : null;
    if (bytes === null || bytes > left) named.push(path);
    else {
      compared.push(path);
      left -= bytes;
    }
  }
  const diff = compared.length === 0 ? '' : await store.diff(from, to, { paths: compared });
  if (named.length === 0) return redactor.redact(diff);
  const rest = `Also changed, but not shown here: ${formatList(
    named.map((path) => JSON.stringify(path)),
    NAMES_SHOWN,
  )}.\n`;
  return redactor.redact(diff + rest);

  /** The bytes of both versions of a file; null when one is too large or has something to hide. */
  async function sizeIfOpen(path: string): Promise<number | null> {
    let size = 0;
    for (const commit of [from, to]) {
      const content = await store.readFile(commit, path).catch(tooLarge);
      if (content === null) continue;
      if (typeof content === 'string' || content.length > left) return null;
      if (secretFileKind(path, content) !== null) return null;
      if (redactor.find(decodeText(content)?.text ?? '').length > 0) return null;
      size += content.length;
    }
    return size;
  }
}
