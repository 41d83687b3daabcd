/** The folders that belong to one command, as the command sees them. */
export interface Folders {
  /** The commit's files; the command's working directory. */
  readonly tree: string;
  readonly home: string;
  readonly tmp: string;
}
