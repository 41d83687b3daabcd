import type { IncomingMessage } from 'node:http';
import { percentDecoded } from '../../shared/network/percent-decoding.js';
import type { Refusal } from '../refusal.js';
import { splitTarget } from '../request-target.js';

/** Queries a workflow, which changes nothing. The UI shows a run's details and its stack trace this way. */
const QUERY = /^\/api\/v1\/namespaces\/([^/]+)\/workflows\/([^/]+)\/query\/([^/]+)$/;

/** Lets pass what only reads: GET, HEAD and queries of a workflow. */
export function refuseWrites({ method, url, headers }: IncomingMessage): Refusal | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (method === 'POST' && isQuery(splitTarget(url ?? '').path)) return null;
  if (method !== 'GET' && method !== 'HEAD') {
    return {
      status: 403,
      detail:
        'This Temporal UI only shows. Use the commands of Leadwright, or the temporal command with the settings that `leadwright doctor` prints.',
    };
  }
  return encoding === undefined && (length === undefined || length === '0')
    ? null
    : { status: 413, detail: 'No such request here has a body.' };
}

/** Whether the UI's server will take the path for a query too: it decodes the path before it looks for its route. */
function isQuery(path: string): boolean {
  const [, namespace = '', workflow = '', query = ''] = QUERY.exec(path) ?? [];
  // A workflow's id has slashes of its own. Whatever it holds, the path still ends with the query.
  return isOneSegment(namespace) && workflow !== '' && isOneSegment(query);
}

/** Whether a segment stays one when it is decoded, and is no way up. */
function isOneSegment(text: string): boolean {
  return /^(?!\.{1,2}$)[^/\\?#]+$/.test(percentDecoded(text) ?? '');
}
