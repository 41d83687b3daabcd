/** Completion scripts for shells, made from the tree of commands. Pure. */

/** What completes an argument: ids that `leadwright complete` prints, or files (null). */
export type ArgumentKind = 'runs' | 'tasks' | 'blockers' | null;

export interface CompletedOption {
  readonly flag: string;
  readonly description: string;
  /** The values that it can have; ids of runs; or none that is known (null). */
  readonly values: readonly string[] | 'runs' | null;
}

export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** The arguments in their order. */
  readonly kinds: readonly ArgumentKind[];
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The completion script for a shell. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const RUNS = 'leadwright complete runs 2>/dev/null';

/** The options whose values are known, with the command that they belong to. */
function valuesOf(commands: readonly CompletedCommand[]) {
  return commands.flatMap(({ name, options }) =>
    options.flatMap(({ flag, values }) => (values === null ? [] : [{ name, flag, values }])),
  );
}

const kindsOf = ({ kinds }: CompletedCommand) => kinds.map((kind) => kind ?? 'files').join(' ');

/**
 * bash breaks words at colons too, and blockers have colons in their ids. So the words are read from the line, and of an id
 * that bash has broken only the last part is offered, which is what it replaces.
 * The words of a command line that begin with a dash are no arguments; an option's value is taken for one, so that after
 * an option with a value the ids of the next argument are offered. That is a small price for a short script.
 */
function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(
    (command) =>
      `    ${command.name}) options=${quote(command.options.map(({ flag }) => flag).join(' '))}; kinds=(${kindsOf(command)}) ;;`,
  );
  const values = valuesOf(commands).map(
    ({ name, flag, values }) =>
      `    ${quote(`${name} ${flag}`)}) ids=${values === 'runs' ? `$(${RUNS})` : quote(values.join(' '))} ;;`,
  );
  return `# leadwright completion for bash. Load it with:  source <(leadwright completion bash)
_leadwright() {
  local line=\${COMP_LINE:0:COMP_POINT} cur='' options='' ids='' kinds=() typed=() words=() word
  COMPREPLY=()
  read -ra typed <<< "$line"
  [[ $line == *[[:space:]] ]] && typed+=('')
  cur=\${typed[\${#typed[@]}-1]}
  if (( \${#typed[@]} == 2 )); then
    COMPREPLY=($(compgen -W ${quote(commands.map(({ name }) => name).join(' '))} -- "$cur"))
    return
  fi
  case \${typed[1]} in
${cases.join('\n')}
    *) return ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  case "\${typed[1]} \${typed[\${#typed[@]}-2]}" in
${values.join('\n')}
  esac
  if [[ $ids ]]; then
    COMPREPLY=($(compgen -W "$ids" -- "$cur"))
    return
  fi
  for word in "\${typed[@]:2:\${#typed[@]}-3}"; do
    [[ $word == -* ]] || words+=("$word")
  done
  case \${kinds[\${#words[@]}]:-files} in
    runs) ids=$(leadwright complete runs 2>/dev/null) ;;
    tasks) ids=$(leadwright complete tasks "\${words[0]}" 2>/dev/null) ;;
    blockers) ids=$(leadwright complete blockers 2>/dev/null) ;;
  esac
  COMPREPLY=($(compgen -W "$ids" -- "$cur"))
  if [[ $COMP_WORDBREAKS == *:* && $cur == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${cur%:*}:"}")
  fi
}
complete -o default -F _leadwright leadwright
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const described = (name: string, description: string) =>
    quote(`${name.replaceAll(':', '\\:')}:${description}`);
  const cases = commands.map(
    (command) => `    ${command.name})
      options=(${command.options.map(({ flag, description }) => described(flag, description)).join(' ')})
      kinds=(${kindsOf(command)}) ;;`,
  );
  const values = valuesOf(commands).map(
    ({ name, flag, values }) =>
      `    ${quote(`${name} ${flag}`)}) ids=(${values === 'runs' ? `\${(f)"$(${RUNS})"}` : values.map(quote).join(' ')}) ;;`,
  );
  return `#compdef leadwright
# leadwright completion for zsh. Load it with:  source <(leadwright completion zsh)
_leadwright() {
  local -a commands options kinds arguments ids
  commands=(${commands.map(({ name, description }) => described(name, description)).join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
${cases.join('\n')}
    *) return ;;
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe option options
    return
  fi
  case "$words[2] $words[CURRENT-1]" in
${values.join('\n')}
  esac
  if (( \${#ids} )); then
    compadd -a ids
    return
  fi
  arguments=(\${\${words[3,CURRENT-1]}:#-*})
  case \${kinds[\${#arguments}+1]:-files} in
    runs) ids=(\${(f)"$(leadwright complete runs 2>/dev/null)"}); compadd -a ids ;;
    tasks) ids=(\${(f)"$(leadwright complete tasks $arguments[1] 2>/dev/null)"}); compadd -a ids ;;
    blockers) ids=(\${(f)"$(leadwright complete blockers 2>/dev/null)"}); compadd -a ids ;;
    files) _files ;;
  esac
}
# In a file of $fpath this script is the body of the function itself.
if [[ $funcstack[1] == _leadwright ]]; then _leadwright "$@"; else compdef _leadwright leadwright; fi
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const all = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, description, options, kinds }) => [
    `complete -c leadwright -n "not __fish_seen_subcommand_from ${all}" -f -a ${name} -d ${fishQuote(description)}`,
    ...options.map(
      ({ flag, description: does, values }) =>
        `complete -c leadwright -n "__fish_seen_subcommand_from ${name}" -l ${flag.slice(2)}${fishValues(values)} -d ${fishQuote(does)}`,
    ),
    ...[...new Set(kinds)].flatMap((kind) => {
      if (kind === null) return [];
      const run = kind === 'tasks' ? ' (__leadwright_run)' : '';
      return [
        `complete -c leadwright -n "__fish_seen_subcommand_from ${name}" -f -a "(leadwright complete ${kind}${run} 2>/dev/null)"`,
      ];
    }),
  ]);
  return `# leadwright completion for fish. Load it with:  leadwright completion fish | source
function __leadwright_run
  set -l words (string match -v -- '-*' (commandline -opc))
  test (count $words) -ge 3; and echo $words[3]
end
${lines.join('\n')}
`;
}

function fishValues(values: CompletedOption['values']): string {
  if (values === null) return '';
  return ` -x -a ${fishQuote(values === 'runs' ? `(${RUNS})` : values.join(' '))}`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
