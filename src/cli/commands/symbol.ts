import type { Command } from 'commander';
import { describeInstead } from '../../agent/tools/find-symbol.js';
import { MAX_FOUND, type FoundSymbol } from '../../codebase/code-index.js';
import type { ExitCode } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult, say } from '../print/output.js';
import { addCommitOptions, withCodeIndex, type CommitOptions } from '../session/with-code-index.js';

type SymbolOptions = CommitOptions & JsonOption;

export function declare(command: Command, act: Act): void {
  addJsonOption(addCommitOptions(command)).action((name: string, options: SymbolOptions) =>
    act((env) => symbol(env, name, options)),
  );
  addExamples(
    command,
    'leadwright symbol parsePlan',
    'leadwright symbol Cart --repo ../shop --at v1.2 --json',
  );
}

async function symbol(env: Environment, name: string, options: SymbolOptions): Promise<ExitCode> {
  return withCodeIndex(env, options, async ({ root, commit, code }) => {
    const { definitions, references, instead } = await code.find(name);
    const result = {
      definitions: definitions.map(({ path, line, kind, name }) => ({ path, line, kind, name })),
      references,
    };
    return printResult(options, result, () => {
      if (definitions.length + references.length === 0)
        say(`Nothing is called ${JSON.stringify(name)} in ${root} at ${commit.slice(0, 12)}.`);
      else {
        if (instead !== null) say(describeInstead(name, instead));
        printFound({ definitions, references });
      }
    });
  });
}

function printFound({ definitions, references }: Omit<FoundSymbol, 'instead'>): void {
  print(definitions.length === 0 ? 'No definition found: it may come from a library.' : 'Defined:');
  for (const { path, line, endLine, kind, name } of definitions)
    print(`  ${path}:${line}${endLine > line ? `-${endLine}` : ''}  ${kind} ${name}`);
  print(references.length === 0 ? 'No use found in the index. `git grep` looks into every file.' : 'Used:');
  for (const { path, line } of references) print(`  ${path}:${line}`);
  if (definitions.length === MAX_FOUND.definitions || references.length === MAX_FOUND.references)
    say(`Only the first ${MAX_FOUND.definitions} definitions and ${MAX_FOUND.references} uses are listed.`);
}
