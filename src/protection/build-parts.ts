/** The parts of build files, other than declarations of dependencies and of sources, that decide how tests run. Pure. */
import { plainLines } from './plain-lines.js';
import { isTestFile } from './protected-files.js';

type Parts = Readonly<Record<string, unknown>>;

/**
 * A build that is a program cannot be compared part by part. Ordinary work adds dependencies, so all but lines that
 * only declare one is compared.
 */
export function gradleParts(text: string): Parts {
  return {
    'more than dependencies': otherLines(
      text,
      /^(?:\w*[iI]mplementation|api|\w*[cC]ompileOnly|\w*[rR]untimeOnly|\w*[aA]nnotationProcessor|ksp|kapt)[\s(]+["'][\w.:+-]+["']\s*\)?$/,
    ),
  };
}

export function gemfileParts(text: string): Parts {
  return {
    'more than gems': otherLines(
      text,
      /^gem[\s(]+["'][\w.-]+["'](?:,\s*["'][\d.\w\s<>=~!-]*["'])*(?:,\s*(?:require:\s*(?:false|true)|groups?:\s*(?::\w+|\[[\w\s,:]*\])))*\s*\)?$/,
    ),
  };
}

/** The lines of a text that are neither empty, nor comments, nor of the ordinary kind. */
function otherLines(text: string, ordinary: RegExp): string {
  return plainLines(text)
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^(?:#|\/\/)/.test(line) && !(line.length <= MAX_LINE && ordinary.test(line)),
    )
    .join('\n');
}

/** Characters of a line that is examined: more than the declaration of a dependency has. */
const MAX_LINE = 300;

/**
 * All of a Maven project but the dependencies of its code, and properties that hold versions. A dependency with a comment, or
 * with another end in it than its own, could hide more.
 */
export function pomParts(text: string): Parts {
  const [before = '', ...build] = text.split(/(?=<build>)/);
  return {
    'more than dependencies': [
      before
        .replace(/<dependency>(?:(?!<\/?dependenc|<[!?]|systemPath)[^])*<\/dependency>/g, '')
        .replace(/<([\w.-]+\.version)>[\w.-]*<\/\1>/g, '')
        .replace(/\s+/g, ' '),
      ...build,
    ],
  };
}

/** All of a gemspec but its texts and its gems. */
export function gemspecParts(text: string): Parts {
  return {
    'more than gems': otherLines(
      text,
      /^\w+\.(?:(?:version|name|summary|description|authors?|email|homepage|licenses?)\s*=\s*(?:["'][^"'#]*["']|\[[^#\]]*\])|add_(?:runtime_|development_)?dependency[\s(]+["'][\w.-]+["'](?:,\s*["'][\d.\w\s<>=~!-]*["'])*\s*\)?)$/,
    ),
  };
}

/** All of a Mix project but dependencies by version, and its own version. */
export function mixParts(text: string): Parts {
  return {
    'more than dependencies': otherLines(
      text,
      /^(?:\{:\w+,\s*"[\w\s.~<>=-]*"(?:,\s*(?:only|runtime):\s*(?:\[[\w\s:,]*\]|:\w+|true|false))*\}|version:\s*"[\w.-]*"),?$/,
    ),
  };
}

/** The lines of an Elixir configuration that concern the tests. */
export function elixirConfigParts(text: string): Parts {
  return { 'the configuration of ex_unit': plainLines(text).filter((line) => /ex_?unit/i.test(line)) };
}

/** All of an MSBuild project but packages with a version. */
export function msbuildParts(text: string): Parts {
  return {
    'more than packages': text
      .replace(
        /<Package(?:Reference|Version)\s+Include="[\w.-]+"(?:\s+Version="[\w.*,()[\]-]+")?\s*(?:\/>|>\s*<\/Package(?:Reference|Version)>)/g,
        '',
      )
      .replace(/\s+/g, ' ')
      .replace(/<ItemGroup>\s*<\/ItemGroup>/g, ''),
  };
}

/** What is gone from a solution, or said once more about a project that was there. New projects are free. */
export function changedSolutionParts(before: string, after: string): string[] {
  const linesOf = (text: string) => new Set(plainLines(text).map((line) => line.trim()));
  const [old, now] = [linesOf(before), linesOf(after)];
  const projects = new Set(before.match(PROJECT_ID));
  const isRepeated = (line: string) =>
    // The first id of such a line is the kind of project. In other lines it is the project that the line is about.
    line.startsWith('Project(')
      ? (line.match(PROJECT_ID) ?? []).slice(1).some((id) => projects.has(id))
      : projects.has(line.match(PROJECT_ID)?.[0] ?? '');
  const isChanged =
    [...old].some((line) => !now.has(line)) || [...now].some((line) => !old.has(line) && isRepeated(line));
  return isChanged ? ['projects that were there'] : [];
}

const PROJECT_ID = /\{[\dA-Fa-f-]{36}\}/g;

/** The modules that `settings.gradle` no longer includes, and all that does more than include a module. */
export function changedGradleSettings(before: string, after: string): string[] {
  const [old, now] = [before, after].map((text) => {
    const lines = plainLines(text).map((line) => line.trim());
    return {
      modules: lines.filter((line) => GRADLE_MODULE.test(line)),
      rest: otherLines(text, GRADLE_MODULE),
    };
  });
  const isGone = (module: string) => now?.modules.includes(module) !== true;
  return old?.rest !== now?.rest || old?.modules.some(isGone) === true ? ['more than new modules'] : [];
}

const GRADLE_MODULE = /^include[\s(]+["'][\w:.-]+["'](?:,\s*["'][\w:.-]+["'])*\s*\)?$/;

/**
 * All of a CMake file but the sources of what it builds. The sources of programs that are tests, and sources that look
 * like tests, count too.
 */
export function cmakeParts(text: string): Parts {
  const commands = [...withoutCmakeComments(text).matchAll(CMAKE_COMMAND)].map(
    ([, name = '', words = '']) => ({
      name: name.toLowerCase(),
      words: words.split(/\s+/).filter((word) => word !== ''),
    }),
  );
  const tests = new Set(commands.flatMap(testPrograms));
  return {
    'more than sources': commands.map(({ name, words: [target = '', ...rest] }) => {
      const isList = CMAKE_SOURCES.test(name) || (name === 'set' && CMAKE_LIST.test(target));
      const isTest = tests.has(target) || /test|spec|check/i.test(target);
      const isFree = (word: string) => CMAKE_SOURCE.test(word) && !isTestFile(word);
      return [name, target, ...(isList && !isTest ? rest.filter((word) => !isFree(word)) : rest)];
    }),
  };
}

/** A command with its arguments, in which brackets may be nested once. */
const CMAKE_COMMAND = /(?<!\w)(\w+)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g;

/** What a CMake command runs as a test: `add_test(NAME a COMMAND b)`, `add_test(a b)`, `gtest_discover_tests(b)`. */
function testPrograms({
  name,
  words,
}: {
  readonly name: string;
  readonly words: readonly string[];
}): readonly string[] {
  if (name === 'add_test') return words.slice(words.indexOf('COMMAND') + 1 || 1);
  return /_(?:discover|add)_tests$/.test(name) ? words : [];
}

const CMAKE_SOURCES = /^(?:add_library|add_executable|target_sources)$/;
const CMAKE_LIST = /(?:SOURCES?|SRCS?|HEADERS?|HDRS?)$/i;
/** A file of source code, named without a variable. */
const CMAKE_SOURCE = /^"?[\w./+-]+\.(?:c|cc|cpp|cxx|h|hh|hpp|hxx|m|mm|inl|ipp)"?$/;

/** The text without comments. A bracket argument could hide commands from it, so it is not read. */
function withoutCmakeComments(text: string): string {
  if (/\[=*\[/.test(text)) throw new Error('the text has bracket arguments');
  return plainLines(text)
    .map((line) => line.replace(/#.*$/, ''))
    .join('\n');
}
