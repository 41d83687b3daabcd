/** Source files for benchmarks: of the length and the variety of real ones, the same every time. */

/** Words of which names are made. */
const WORDS =
  `account address amount archive batch border branch budget buffer cache catalog channel charge client
  column commit config context counter currency cursor customer delivery device discount document driver editor event
  export factory filter folder format gateway handler header history import index invoice item journal key label layer
  ledger limit listener lock market member message method model module node notice number offer order owner packet page
  parser payment period phase policy price process product profile queue range reader record region report request
  result route sample schedule schema score search session signal source stage state status stock storage stream
  supplier table target task tax template ticket token topic trace transfer unit update user value vendor version view
  voucher wallet watch window worker writer zone`.split(/\s+/);

interface Names {
  readonly type: string;
  readonly methods: readonly string[];
  readonly fields: readonly string[];
  readonly others: readonly string[];
}

type Writer = (names: Names) => string;

const typescript: Writer = ({ type, methods, fields, others }) => `
import { ${others.join(', ')} } from '../${others[0]}.js';

/** Keeps the state of one ${type}. */
export interface ${type}Options {
${fields.map((field) => `  readonly ${field}: number;`).join('\n')}
}

export class ${type} {
  constructor(private readonly options: ${type}Options) {}
${methods
  .map(
    (method, index) => `
  /** Computes ${method} of what is given. */
  async ${method}(input: readonly string[], limit = ${index + 1}): Promise<number> {
    let total = 0;
    for (const each of input) {
      if (each.length > limit) continue;
      total += await ${others[index % others.length]}(each, this.options.${fields[index % fields.length]});
    }
    return total > 0 ? total : this.fail('${method} found nothing');
  }`,
  )
  .join('\n')}

  private fail(message: string): never {
    throw new Error(message);
  }
}

export const create${type} = (options: ${type}Options): ${type} => new ${type}(options);
export const handleRequest = async (name: string): Promise<number> => create${type}({ ${fields.map((field) => `${field}: 1`).join(', ')} }).${methods[0]}([name]);
`;

const python: Writer = ({ type, methods, fields, others }) => `
from .${others[0]} import ${others.join(', ')}


class ${type}:
    """Keeps the state of one ${type}."""

    def __init__(self, ${fields.join(', ')}):
${fields.map((field) => `        self.${field} = ${field}`).join('\n')}
${methods
  .map(
    (method, index) => `
    def ${method}(self, items, limit=${index + 1}):
        # Computes ${method} of what is given.
        total = 0
        for item in items:
            if len(item) > limit:
                continue
            total += ${others[index % others.length]}(item, self.${fields[index % fields.length]})
        if total == 0:
            raise ValueError(f"${method} found nothing in {items}")
        return total
`,
  )
  .join('')}

def handle_request(name):
    return ${type}(${fields.map(() => '1').join(', ')}).${methods[0]}([name])
`;

const go: Writer = ({ type, methods, fields, others }) => `
package ${others[0]}

import "fmt"

// ${type} keeps the state.
type ${type} struct {
${fields.map((field) => `\t${field} int`).join('\n')}
}
${methods
  .map(
    (method, index) => `
// ${method} computes it of what is given.
func (t *${type}) ${method}(items []string, limit int) (int, error) {
	total := 0
	for _, item := range items {
		if len(item) > limit {
			continue
		}
		total += ${others[index % others.length]}(item, t.${fields[index % fields.length]})
	}
	if total == 0 {
		return 0, fmt.Errorf("${method} found nothing in %v", items)
	}
	return total, nil
}
`,
  )
  .join('')}
func handleRequest(name string) (int, error) {
	return (&${type}{}).${methods[0]}([]string{name}, 1)
}
`;

const java: Writer = ({ type, methods, fields, others }) => `
package com.example.${others[0]};

import java.util.List;

/** Keeps the state of one ${type}. */
public final class ${type} {
${fields.map((field) => `  private final int ${field};`).join('\n')}
${methods
  .map(
    (method, index) => `
  /** Computes ${method} of what is given. */
  public int ${method}(List<String> items, int limit) {
    int total = 0;
    for (String item : items) {
      if (item.length() > limit) continue;
      total += ${others[index % others.length]}(item, this.${fields[index % fields.length]});
    }
    if (total == 0) throw new IllegalStateException("${method} found nothing in " + items);
    return total;
  }
`,
  )
  .join('')}
  public int handleRequest(String name) {
    return ${methods[0]}(List.of(name), 1);
  }
}
`;

const rust: Writer = ({ type, methods, fields, others }) => `
use crate::${others[0]}::{${others.join(', ')}};

/// Keeps the state of one ${type}.
pub struct ${type} {
${fields.map((field) => `    ${field}: usize,`).join('\n')}
}

impl ${type} {
${methods
  .map(
    (method, index) => `
    /// Computes ${method} of what is given.
    pub fn ${method}(&self, items: &[String], limit: usize) -> Result<usize, String> {
        let mut total = 0;
        for item in items {
            if item.len() > limit {
                continue;
            }
            total += ${others[index % others.length]}(item, self.${fields[index % fields.length]});
        }
        if total == 0 {
            return Err(format!("${method} found nothing in {:?}", items));
        }
        Ok(total)
    }
`,
  )
  .join('')}
}

pub fn handle_request(name: &str) -> usize {
    name.len()
}
`;

const LANGUAGES: readonly (readonly [string, Writer])[] = [
  ['ts', typescript],
  ['ts', typescript],
  ['py', python],
  ['go', go],
  ['java', java],
  ['rs', rust],
];

/** A source file by its number. Another version of it has another text. */
export function sourceFile(
  number: number,
  version: number,
): { readonly path: string; readonly text: string } {
  const [ending, write] = LANGUAGES[number % LANGUAGES.length] ?? ['ts', typescript];
  const random = randomFrom(number);
  const word = (): string => WORDS[Math.floor(random() * WORDS.length)] ?? '';
  const camel = (): string => `${word()}${capital(word())}`;
  const many = (count: number): string[] => Array.from({ length: count }, camel);
  const type = `${capital(camel())}${number}`;
  const methods = many(8 + Math.floor(random() * 10));
  const text = write({ type, methods: [...methods, `version${version}`], fields: many(5), others: many(6) });
  return { path: `${word()}/${word()}/${type}.${ending}`, text };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Numbers from 0 to 1 that follow from a seed (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 12_345) % 4_294_967_296;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
