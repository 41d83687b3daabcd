/** The lead agent of a build with a bug: all its workflow tasks fail. */
export function projectRun(): Promise<void> {
  throw new Error('a bug');
}
