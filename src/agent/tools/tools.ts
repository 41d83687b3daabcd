import { askHuman } from './ask-human.js';
import { editFiles } from './edit-files.js';
import { findSymbol } from './find-symbol.js';
import { listFiles } from './list-files.js';
import { outline } from './outline.js';
import { readFile } from './read-file.js';
import { readOutput } from './read-output.js';
import { runCommand } from './run-command.js';
import { search } from './search.js';
import { submitChanges } from './submit-changes.js';
import type { AnyTool } from './tool.js';

/** The agent's tools, in the order in which requests list them. A new tool is one file and one entry here. */
export const TOOLS: readonly AnyTool[] = [
  listFiles,
  readFile,
  search,
  outline,
  findSymbol,
  editFiles,
  runCommand,
  readOutput,
  submitChanges,
  askHuman,
];
