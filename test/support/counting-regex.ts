/**
 * Counts the steps that a backtracking regex engine takes. The count decides whether a text can make a pattern hang,
 * independent of the machine. Supports only the syntax that the counted patterns use.
 */
import { RegExpParser, type AST } from '@eslint-community/regexpp';

/** Steps to find all matches of a global pattern in a text, from left to right. */
export function stepsOf(pattern: RegExp, text: string): number {
  const engine = new Engine(text, pattern);
  for (let at = 0; at <= text.length;) {
    const end = engine.matchAt(at);
    at = end === null || end === at ? at + 1 : end;
  }
  return engine.steps;
}

/** Steps to find the next match of a pattern. */
export function stepsToMatch(pattern: RegExp, text: string): number {
  const engine = new Engine(text, pattern);
  const from = pattern.global || pattern.sticky ? pattern.lastIndex : 0;
  const last = pattern.sticky ? from : text.length;
  for (let at = from; at <= last && engine.matchAt(at) === null;) at++;
  return engine.steps;
}

/** More than any pattern takes that ends in an acceptable time. */
const MOST_STEPS = 50_000_000;
const parsed = new Map<string, readonly AST.Alternative[]>();

function parse({ source, flags, unicode }: RegExp): readonly AST.Alternative[] {
  const key = `${source}/${flags}`;
  const known =
    parsed.get(key) ??
    new RegExpParser({ ecmaVersion: 2024 }).parsePattern(source, 0, source.length, { unicode }).alternatives;
  parsed.set(key, known);
  return known;
}

type Rest = (at: number) => number | null;

class Engine {
  steps = 0;
  private readonly compiled = new Map<AST.Element, RegExp>();
  private readonly captured = new Map<AST.CapturingGroup, string>();
  private readonly alternatives: readonly AST.Alternative[];

  constructor(
    private readonly text: string,
    private readonly pattern: RegExp,
  ) {
    this.alternatives = parse(pattern);
  }

  /** The end of the match that begins at a position; null when there is none. */
  matchAt(at: number): number | null {
    return this.either(this.alternatives, at, (end) => end);
  }

  either(alternatives: readonly AST.Alternative[], at: number, rest: Rest): number | null {
    for (const { elements } of alternatives) {
      const end = this.sequence(elements, 0, at, rest);
      if (end !== null) return end;
    }
    return null;
  }

  private sequence(elements: readonly AST.Element[], index: number, at: number, rest: Rest): number | null {
    const element = elements[index];
    if (element === undefined) return rest(at);
    return this.element(element, at, (next) => this.sequence(elements, index + 1, next, rest));
  }

  private element(element: AST.Element, at: number, rest: Rest): number | null {
    if (++this.steps > MOST_STEPS) throw new Error(`${this.pattern.source} takes too many steps`);
    switch (element.type) {
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
        return this.isOne(element, at) ? rest(at + 1) : null;
      case 'Group':
        return this.either(element.alternatives, at, rest);
      case 'CapturingGroup':
        return this.either(element.alternatives, at, (end) => {
          this.captured.set(element, this.text.slice(at, end));
          return rest(end);
        });
      case 'Backreference': {
        const text = [element.resolved]
          .flat()
          .map((group) => this.captured.get(group) ?? '')
          .join('');
        return this.text.startsWith(text, at) ? rest(at + text.length) : null;
      }
      case 'Quantifier':
        return this.repeated(element, at, rest);
      case 'Assertion':
        return this.holds(element, at) ? rest(at) : null;
      default:
        throw new Error(`${element.type} is not counted: add it here`);
    }
  }

  private repeated({ element, min, max, greedy }: AST.Quantifier, at: number, rest: Rest): number | null {
    if (element.type === 'Group' || element.type === 'CapturingGroup')
      return this.groups(element, min, max, at, rest);
    if (!greedy) return this.lazily(element, min, max, at, rest);
    let count = 0;
    while (count < max && this.isOne(element, at + count)) count++;
    this.steps += count;
    for (; count >= min; count--) {
      this.steps++;
      const end = rest(at + count);
      if (end !== null) return end;
    }
    return null;
  }

  private lazily(
    element: AST.QuantifiableElement,
    min: number,
    max: number,
    at: number,
    rest: Rest,
  ): number | null {
    for (let count = 0; count <= max; count++) {
      this.steps++;
      const end = count < min ? null : rest(at + count);
      if (end !== null) return end;
      if (!this.isOne(element, at + count)) return null;
    }
    return null;
  }

  private groups(
    group: AST.Group | AST.CapturingGroup,
    min: number,
    max: number,
    at: number,
    rest: Rest,
  ): number | null {
    this.steps++;
    if (max > 0) {
      const again = this.either(group.alternatives, at, (next) =>
        next === at ? null : this.groups(group, Math.max(min - 1, 0), max - 1, next, rest),
      );
      if (again !== null) return again;
    }
    return min > 0 ? null : rest(at);
  }

  private holds(assertion: AST.Assertion, at: number): boolean {
    const isLine = this.pattern.multiline;
    switch (assertion.kind) {
      case 'start':
        return at === 0 || (isLine && this.text[at - 1] === '\n');
      case 'end':
        return at === this.text.length || (isLine && this.text[at] === '\n');
      case 'word':
        return (this.isWord(at - 1) !== this.isWord(at)) !== assertion.negate;
      case 'lookahead':
      case 'lookbehind':
        return this.isFound(assertion, at) !== assertion.negate;
    }
  }

  private isWord(at: number): boolean {
    return /\w/.test(this.text[at] ?? '');
  }

  private isFound({ kind, alternatives }: AST.LookaroundAssertion, at: number): boolean {
    // A lookbehind is tried from each of the last 16 positions, which is more work than a real engine does.
    const starts = kind === 'lookahead' ? [at] : [...Array(Math.min(at, 16) + 1).keys()].map((n) => at - n);
    return starts.some((start) => {
      const end = this.either(alternatives, start, (next) =>
        kind === 'lookahead' || next === at ? next : null,
      );
      return end !== null;
    });
  }

  private isOne(element: AST.Element, at: number): boolean {
    this.steps++;
    const character = this.text[at];
    if (character === undefined) return false;
    const flags = this.pattern.flags.replaceAll(/[gmy]/g, '');
    const one = this.compiled.get(element) ?? new RegExp(`^${element.raw}$`, flags);
    this.compiled.set(element, one);
    return one.test(character);
  }
}
