import { findConversationProblem } from './conversation-rules.js';
import { REQUEST, type MessagesRequest } from './scripted-request.js';

/** A parsed request, or the API's error message for it. */
export type ReadRequest =
  { readonly ok: true; readonly request: MessagesRequest } | { readonly ok: false; readonly message: string };

/** Parses a request's body as strictly as the API does. */
export function readRequest(body: string): ReadRequest {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, message: 'The request body is not valid JSON' };
  }
  const read = REQUEST.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined ? '' : issue.path.map(String).join('.');
    return { ok: false, message: `${where}: ${issue?.message ?? 'invalid'}` };
  }
  const problem = findConversationProblem(read.data);
  return problem === null ? { ok: true, request: read.data } : { ok: false, message: problem };
}
