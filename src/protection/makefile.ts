/** Selects what a Makefile does for some goals. Pure. */

interface Rule {
  readonly targets: readonly string[];
  readonly needs: readonly string[];
  readonly recipe: string[];
}

/**
 * The lines of a Makefile that run for the goals which a command's words name, or for its first target, with all that
 * belongs to no rule. The whole text when a target or a need is computed.
 */
export function makeLines(text: string, words: readonly string[]): string {
  const rules: Rule[] = [];
  const others: string[] = [];
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const rule = /^([^\s#:=][^:=]*)::?(?!=)([^=]*)$/.exec(line);
    if (line.startsWith('\t')) (rules.at(-1)?.recipe ?? others).push(line);
    else if (rule === null) others.push(line);
    else {
      const [needs = '', recipe] = (rule[2] ?? '').split(/;(.*)/s);
      if (/[$%]/.test(`${rule[1]}${needs}`)) return text;
      rules.push({
        targets: wordsOf(rule[1]),
        needs: wordsOf(needs.replace(/#.*$/, '')),
        recipe: recipe === undefined ? [] : [recipe],
      });
    }
  }
  const known = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const target of rule.targets) {
      const same = known.get(target);
      if (same === undefined) known.set(target, [rule]);
      else same.push(rule);
    }
  }
  const goals = words.filter((word) => known.has(word));
  const first = rules.find(({ targets }) => targets.some((target) => !target.startsWith('.')));
  const done = new Set<string>();
  const run = new Set<Rule>();
  const pending = [...(goals.length > 0 ? goals : (first?.targets ?? []))];
  for (let goal = pending.pop(); goal !== undefined; goal = pending.pop()) {
    if (done.has(goal)) continue;
    done.add(goal);
    for (const rule of known.get(goal) ?? []) {
      run.add(rule);
      // A recipe may call make again, with other goals.
      const needed = [...rule.needs, ...rule.recipe.flatMap((line) => wordsOf(line))];
      for (const need of needed) if (known.has(need)) pending.push(need);
    }
  }
  return [...others, ...[...run].flatMap(({ recipe }) => recipe)].join('\n');
}

function wordsOf(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
