/**
 * Counts the steps that a backtracking regex engine takes. The count decides whether a text can make a pattern hang,
 * independent of the machine. Supports only the syntax that the patterns of secrets use.
 */
import { RegExpParser, type AST } from '@eslint-community/regexpp';

/** Steps to find all matches of a global pattern in a text, from left to right. */
export function stepsOf(pattern: RegExp, text: string): number {
  const engine = new Engine(text, pattern.ignoreCase);
  const { alternatives } = new RegExpParser({ ecmaVersion: 2024 }).parsePattern(pattern.source);
  for (let at = 0; at <= text.length;) {
    const end = engine.either(alternatives, at, (position) => position);
    at = end === null || end === at ? at + 1 : end;
  }
  return engine.steps;
}

type Rest = (at: number) => number | null;

class Engine {
  steps = 0;
  private readonly compiled = new Map<AST.Element, RegExp>();

  constructor(
    private readonly text: string,
    private readonly ignoreCase: boolean,
  ) {}

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
    this.steps++;
    switch (element.type) {
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
        return this.isOne(element, at) ? rest(at + 1) : null;
      case 'Group':
      case 'CapturingGroup':
        return this.either(element.alternatives, at, rest);
      case 'Quantifier':
        return this.repeated(element, at, rest);
      case 'Assertion':
        return this.holds(element, at) ? rest(at) : null;
      default:
        throw new Error(`${element.type} is not counted: add it here`);
    }
  }

  private repeated({ element, min, max }: AST.Quantifier, at: number, rest: Rest): number | null {
    if (element.type === 'Group' || element.type === 'CapturingGroup')
      return this.groups(element, min, max, at, rest);
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
    // The beginning and the end of a line: the patterns that use them have the `m` flag.
    if (assertion.kind === 'start') return at === 0 || this.text[at - 1] === '\n';
    if (assertion.kind === 'end') return at === this.text.length || this.text[at] === '\n';
    if (assertion.kind !== 'lookahead' && assertion.kind !== 'lookbehind') {
      throw new Error(`${assertion.kind} is not counted: add it here`);
    }
    // A lookbehind is tried from each of the last 16 positions, which is more work than a real engine does.
    const starts =
      assertion.kind === 'lookahead' ? [at] : [...Array(Math.min(at, 16) + 1).keys()].map((n) => at - n);
    const found = starts.some((start) => {
      const end = this.either(assertion.alternatives, start, (next) =>
        assertion.kind === 'lookahead' || next === at ? next : null,
      );
      return end !== null;
    });
    return found !== assertion.negate;
  }

  private isOne(element: AST.Element, at: number): boolean {
    this.steps++;
    const character = this.text[at];
    if (character === undefined) return false;
    const one = this.compiled.get(element) ?? new RegExp(`^${element.raw}$`, this.ignoreCase ? 'is' : 's');
    this.compiled.set(element, one);
    return one.test(character);
  }
}
