/** Which buttons of the dashboard the browser tests have pressed, by their names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { parse, type AST } from 'svelte/compiler';
import { z } from 'zod';
import { taskId } from '../../src/contract/ids.js';
import { listAnswerOptions } from '../../src/dashboard/inbox/answer-options.js';

const SOURCES = fileURLToPath(new URL('../../src/dashboard/', import.meta.url));

/** Global: the loader of the tests may load this module more than once. */
const KEY = Symbol.for('leadwright.pressed-buttons');
const known: unknown = Reflect.get(globalThis, KEY);
const pressed: Set<unknown> = known instanceof Set ? known : new Set();
Reflect.set(globalThis, KEY, pressed);

/** In the page: reports the name of each button that is pressed, with the mouse or a key. */
const RECORD = `document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (button !== null) reportPressed(button.getAttribute('aria-label') ?? button.textContent ?? '');
}, { capture: true });`;

/** Records every button that is pressed on the pages of a context. */
export async function recordPressed(context: BrowserContext): Promise<void> {
  await context.exposeFunction('reportPressed', (name: string) => {
    pressed.add(normalized(name));
  });
  await context.addInitScript(RECORD);
}

/** A button's name, as the texts around what varies. */
type Name = readonly string[];

/** All names of the buttons whose whole label is a value, by the file of the component. */
const LABELS: Readonly<Record<string, () => readonly Name[]>> = {
  [join('components', 'ConfirmDialog.svelte')]: () => dialogLabels(),
  [join('inbox', 'Question.svelte')]: () => answerLabels().map((label) => [label]),
};

/** The buttons in the dashboard's sources that no test has pressed: file and name, with `…` for what varies. */
export function unpressedButtons(): string[] {
  const names = [...pressed].map(String);
  return componentFiles()
    .flatMap((file) =>
      find(fragmentOf(file), isButton)
        .flatMap(namesOf)
        .flatMap((name) => (isFixed(name) ? [name] : labelsOf(file)))
        .filter((name) => !names.some((one) => patternOf(name).test(one)))
        .map((name) => `${file}: ${name.join('…')}`),
    )
    .filter((found, index, all) => all.indexOf(found) === index)
    .sort();
}

function labelsOf(file: string): readonly Name[] {
  const labels = LABELS[file];
  if (labels === undefined) throw new Error(`${file} has a button without a fixed text: add it to LABELS`);
  return labels();
}

/** The labels that the users of the dialog give it. */
function dialogLabels(): readonly Name[] {
  return componentFiles()
    .flatMap((file) => find(fragmentOf(file), isConfirmDialog))
    .flatMap(({ attributes }) =>
      ['keep', 'confirm'].flatMap((wanted) => namesIn(attributeNodes(attributes, wanted) ?? [])),
    );
}

/** The labels of all answers that a person can give to any question. */
function answerLabels(): readonly string[] {
  const labels = [taskId('a'), null].flatMap((task) =>
    ['question', 'tests_failed', 'verify', 'budget', 'model_access'].flatMap((reason) =>
      [true, false].flatMap((given) =>
        listAnswerOptions({ taskId: task, reason }, { hasBudget: true, hasWork: given }).map(
          ({ button }) => button,
        ),
      ),
    ),
  );
  return [...new Set(labels)];
}

function componentFiles(): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.svelte'),
  );
}

function fragmentOf(file: string): AST.Fragment {
  return parse(readFileSync(join(SOURCES, file), 'utf8'), { modern: true }).fragment;
}

/** All nodes of a kind in a component. */
function find<T extends object>(root: AST.Fragment, isWanted: (node: object) => node is T): T[] {
  const found: T[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk);
    else if (typeof node === 'object' && node !== null) {
      if (isWanted(node)) found.push(node);
      Object.values(node).forEach(walk);
    }
  };
  walk(root);
  return found;
}

function isButton(node: object): node is AST.RegularElement {
  return 'type' in node && node.type === 'RegularElement' && 'name' in node && node.name === 'button';
}

function isConfirmDialog(node: object): node is AST.Component {
  return 'type' in node && node.type === 'Component' && 'name' in node && node.name === 'ConfirmDialog';
}

function namesOf({ attributes, fragment }: AST.RegularElement): Name[] {
  return namesIn(attributeNodes(attributes, 'aria-label') ?? fragment.nodes);
}

function attributeNodes(attributes: AST.Component['attributes'], wanted: string): readonly object[] | null {
  const found = attributes.find((one) => one.type === 'Attribute' && one.name === wanted);
  return found?.type === 'Attribute' && found.value !== true ? [found.value].flat() : null;
}

/** The names that texts and values make: a choice between two texts makes two names. */
function namesIn(nodes: readonly object[]): Name[] {
  return nodes
    .map(textsOf)
    .reduce<string[]>((names, texts) => names.flatMap((name) => texts.map((text) => name + text)), [''])
    .map((name) => name.split('\0').map((text) => text.replace(/\s+/g, ' ')));
}

function textsOf(node: object): readonly string[] {
  const { type, data, expression } = z
    .object({ type: z.string(), data: z.string().optional(), expression: z.unknown().optional() })
    .parse(node);
  if (type === 'Text') return [data ?? ''];
  const { success, data: choice } = CHOICE.safeParse(expression);
  return success ? [choice.consequent.value, choice.alternate.value] : ['\0'];
}

const literal = z.object({ type: z.literal('Literal'), value: z.string() });
/** `condition ? 'one' : 'another'` */
const CHOICE = z.object({
  type: z.literal('ConditionalExpression'),
  consequent: literal,
  alternate: literal,
});

/** Whether a name has some text that does not vary. */
function isFixed(name: Name): boolean {
  return name.some((text) => text.trim() !== '');
}

function patternOf(parts: Name): RegExp {
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*').trim()}$`);
}

function normalized(name: string): string {
  return name.replace(/\s+/g, ' ').trim();
}
