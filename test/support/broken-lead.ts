/** The lead agent of a build with a bug: none of its workflow tasks can be done. */
export function projectRun(): Promise<void> {
  throw new Error('a bug');
}
