/**
 * What shows that a value in Temporal comes from Leadwright and was meant for this use. The codec signs payloads
 * (`src/encryption/signing-codec.ts`); what is here ties them to one request, or to the result of an activity. It runs
 * in workflows too.
 */

/**
 * The value in place of a payload without a valid signature. The codec must not throw for it: a workflow task decodes
 * all that has arrived at once, so one forged signal would stop the workflow for ever.
 */
export const REJECTED = 'leadwright: this payload has no valid signature';

/** How the failure of a workflow begins whose input was not signed with the key of its worker. */
export const SIGNATURE_PROBLEM = 'The input of this workflow has no valid signature';

/** Whether a result was rejected. An empty one has no payload, and thus no signature. */
export function isRejected(value: unknown): boolean {
  return value === undefined || value === REJECTED;
}

/** The last argument of every signal and update: for which request it was made, and for which update id. */
export interface RequestStamp {
  readonly request: string;
  readonly id?: string;
}

/**
 * Whether the last argument is the stamp of this request. A request without arguments would have no payload, and thus no
 * signature; and a copied update has another id, or the id of an update that was handled.
 */
export function isStamped(args: readonly unknown[], { request, id }: RequestStamp): boolean {
  const stamp = args.at(-1);
  if (args.includes(REJECTED) || typeof stamp !== 'object' || stamp === null) return false;
  const given = 'id' in stamp ? stamp.id : undefined;
  return 'request' in stamp && stamp.request === request && given === id;
}

/** The result of an activity. It is never empty, and no input looks like it: an input has a signature for its activity, too. */
export interface ActivityResult {
  readonly result: unknown;
}

export function isActivityResult(value: unknown): value is ActivityResult {
  return typeof value === 'object' && value !== null && 'result' in value;
}
