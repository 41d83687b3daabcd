/** The change of one file, as text; null where the file does not exist. */
export interface TextChange {
  readonly path: string;
  /** At the task's starting tip. */
  readonly before: string | null;
  readonly after: string | null;
}
