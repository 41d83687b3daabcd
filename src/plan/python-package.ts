/** What a pyproject.toml says about the package that it makes. Pure. */
import { parse as parseToml } from 'smol-toml';
import { isRecord } from '../shared/is-record.js';

/** Extras that hold what tests need, by custom. */
const FOR_TESTS = ['dev', 'test', 'tests', 'testing'];

/**
 * The extras for tests of the package that a pyproject.toml makes.
 * @returns null when it makes none, but only configures tools
 */
export function findTestExtras(pyproject: string): readonly string[] | null {
  const document = parse(pyproject);
  if (document === null) return null;
  const { project, tool } = document;
  if (!isRecord(project)) {
    const isPoetry = isRecord(tool) && isRecord(tool['poetry']);
    return isPoetry || isRecord(document['build-system']) ? [] : null;
  }
  const extras = project['optional-dependencies'];
  return isRecord(extras) ? FOR_TESTS.filter((name) => Object.hasOwn(extras, name)) : [];
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return parseToml(text);
  } catch {
    // pip will report it.
    return null;
  }
}
