/** Selects what a Makefile does for some goals. Pure. */

interface Rule {
  readonly targets: readonly string[];
  readonly needs: readonly string[];
  readonly recipe: string[];
  /** Whether a target or a need is computed. */
  readonly isComputed: boolean;
}

/** What a Makefile does for some goals. */
export interface MakeGoals {
  /** The lines that run, with all that belongs to no rule; the whole text when a target or a need is computed. */
  readonly lines: string;
  /**
   * The goals and what they need, as far as make looks for a file of their name: it runs nothing for one that is there. All
   * literal targets when one of them is computed; none when it is computed which of them are phony.
   */
  readonly fileTargets: readonly string[];
}

/** Finds what a Makefile does for the goals that a command's words name, or for its first target. */
export function makeGoals(text: string, words: readonly string[]): MakeGoals {
  const read = readRules(text);
  const phony = new Set(
    read.rules.filter(({ targets }) => targets.includes('.PHONY')).flatMap(({ needs }) => needs),
  );
  const isFile = (goal: string) => !phony.has(goal) && !goal.startsWith('.');
  const { run, goals } = rulesFor(read, words);
  if (read.rules.some(({ isComputed }) => isComputed)) {
    const isKnown = run.size > 0 && ![...run].some(({ isComputed }) => isComputed);
    const literal = isKnown ? [...goals] : [...new Set(read.rules.flatMap(({ targets }) => targets))];
    return { lines: text, fileTargets: read.computesPhony ? [] : literal.filter(isFile) };
  }
  return {
    lines: [...read.others, ...[...run].flatMap(({ recipe }) => recipe)].join('\n'),
    fileTargets: [...goals].filter(isFile),
  };
}

interface Makefile {
  readonly rules: readonly Rule[];
  /** The lines that belong to no rule. */
  readonly others: readonly string[];
  /** Whether it is computed which targets name no file. */
  readonly computesPhony: boolean;
}

const COMPUTED = /[$%]/;

function readRules(text: string): Makefile {
  const rules: Rule[] = [];
  const others: string[] = [];
  let computesPhony = false;
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const rule = /^([^\s#:=][^:=]*)::?(?!=)([^=]*)$/.exec(line);
    if (line.startsWith('\t')) (rules.at(-1)?.recipe ?? others).push(line);
    else if (rule === null) others.push(line);
    else {
      const [needs = '', recipe] = (rule[2] ?? '').split(/;(.*)/s);
      const [targets, needed] = [wordsOf(rule[1]), wordsOf(needs.replace(/#.*$/, ''))];
      const isComputed = [...targets, ...needed].some((word) => COMPUTED.test(word));
      computesPhony ||= isComputed && targets.includes('.PHONY');
      rules.push({
        targets: targets.filter((word) => !COMPUTED.test(word)),
        needs: needed.filter((word) => !COMPUTED.test(word)),
        recipe: recipe === undefined ? [] : [recipe],
        isComputed,
      });
    }
  }
  return { rules, others, computesPhony };
}

/** The rules that run for the goals which words name, or for the first target; and all of these goals. */
function rulesFor({ rules }: Makefile, words: readonly string[]) {
  const known = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const target of rule.targets) {
      const same = known.get(target);
      if (same === undefined) known.set(target, [rule]);
      else same.push(rule);
    }
  }
  const named = words.filter((word) => known.has(word));
  const first = rules.find(({ targets }) => targets.some((target) => !target.startsWith('.')));
  const goals = new Set<string>();
  const run = new Set<Rule>();
  const pending = [...(named.length > 0 ? named : (first?.targets ?? []))];
  for (let goal = pending.pop(); goal !== undefined; goal = pending.pop()) {
    if (goals.has(goal)) continue;
    goals.add(goal);
    for (const rule of known.get(goal) ?? []) {
      run.add(rule);
      // A recipe may call make again, with other goals.
      const needed = [...rule.needs, ...rule.recipe.flatMap((line) => wordsOf(line))];
      for (const need of needed) if (known.has(need)) pending.push(need);
    }
  }
  return { run, goals };
}

function wordsOf(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Assignments inside each other that are followed. */
const MAX_DEPTH = 5;
/** Characters that one variable, or one step of an expansion, adds: far more than a person writes. */
const MAX_EXPANDED = 2000;
/** Lines that are expanded. */
const MAX_INCLUDES = 100;

/** The text of a Makefile, with the variables in its `include` lines replaced by all that it assigns to them. */
export function withExpandedIncludes(text: string): string {
  const lines = text.replace(/\\\r?\n/g, ' ').split(/\r?\n/);
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] =
      /^ *(?:export +|override +)?([\w.-]+)[ \t]*(?:[:?+]|::)?=([^#]*)/.exec(line.slice(0, MAX_EXPANDED)) ??
      [];
    if (name === undefined) continue;
    // Which of several assignments counts may depend on conditions, so all do.
    values.set(name, `${values.get(name) ?? ''} ${value.trim()}`.slice(0, MAX_EXPANDED));
  }
  let includes = 0;
  return lines
    .map((line) =>
      /^ *(?:-include|sinclude|include)\s.*\$/.test(line) && (includes += 1) <= MAX_INCLUDES
        ? expanded(line, values)
        : line,
    )
    .join('\n');
}

function expanded(line: string, values: ReadonlyMap<string, string>): string {
  let text = line.slice(0, MAX_EXPANDED);
  for (let depth = 0; depth < MAX_DEPTH && text.includes('$'); depth++) {
    let added = 0;
    const bounded = (value: string): string => {
      added += value.length;
      return added > MAX_EXPANDED ? '' : value;
    };
    text = text
      .replaceAll(/\$[({]([\w.-]+)[)}]/g, (_, name: string) => bounded(values.get(name) ?? ''))
      .replaceAll(
        /\$[({]([\w.-]+):([^=:$(){}]+)=([^=:$(){}]*)[)}]/g,
        (_, name: string, from: string, to: string) => bounded(renamed(values.get(name) ?? '', from, to)),
      )
      .replaceAll(
        /\$[({]patsubst +([^,$(){}]+),([^,$(){}]*),([^,$(){}]*)[)}]/g,
        (_, from: string, to: string, of: string) => bounded(renamed(of, from.trim(), to.trim())),
      )
      .replaceAll(/\$[({](?:wildcard|sort|strip) +([^,$(){}]*)[)}]/g, (_, of: string) => bounded(of));
  }
  return text;
}

/** What `$(words:from=to)` and `patsubst` make of words: a pattern has a `%`, otherwise both are ends of words. */
function renamed(words: string, from: string, to: string): string {
  const [pattern, replacement] = from.includes('%') ? [from, to] : [`%${from}`, `%${to}`];
  const [start = '', end = ''] = pattern.split('%', 2);
  return wordsOf(words)
    .map((word) =>
      word.length >= start.length + end.length && word.startsWith(start) && word.endsWith(end)
        ? replacement.replace('%', () => word.slice(start.length, word.length - end.length))
        : word,
    )
    .join(' ');
}
