import { patterns, type Language } from './language.js';

const FUNCTION_VALUE = '[(arrow_function) (function_expression) (generator_function)]';
const CLASS_VALUE = '(class)';

/** The names that a declarator binds: one, or those of a pattern that takes an object or an array apart. */
const BOUND_NAMES = [
  '(identifier) @name',
  '(object_pattern (shorthand_property_identifier_pattern) @name)',
  '(object_pattern (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name))',
  '(object_pattern (pair_pattern value: (identifier) @name))',
  '(object_pattern (pair_pattern value: (assignment_pattern left: (identifier) @name)))',
  '(object_pattern (rest_pattern (identifier) @name))',
  '(array_pattern (identifier) @name)',
  '(array_pattern (assignment_pattern left: (identifier) @name))',
  '(array_pattern (rest_pattern (identifier) @name))',
];

const VARIABLES = [
  patterns('class', `(variable_declarator name: (identifier) @name value: ${CLASS_VALUE})`),
  patterns(
    'function',
    '(function_declaration name: (identifier) @name)',
    '(generator_function_declaration name: (identifier) @name)',
    `(variable_declarator name: (identifier) @name value: ${FUNCTION_VALUE})`,
    `(assignment_expression left: (member_expression property: (property_identifier) @name) right: ${FUNCTION_VALUE})`,
  ),
  patterns(
    'method',
    '(method_definition name: (_) @name)',
    `(pair key: (property_identifier) @name value: ${FUNCTION_VALUE})`,
  ),
  // `const` and `let` at the top of a file.
  ...['program', 'export_statement'].flatMap((above) =>
    BOUND_NAMES.flatMap((bound) => [
      patterns(
        'constant',
        `(${above} (lexical_declaration kind: "const" (variable_declarator name: ${bound}) @it))`,
      ),
      patterns(
        'variable',
        `(${above} (lexical_declaration kind: "let" (variable_declarator name: ${bound}) @it))`,
        `(${above} (variable_declaration (variable_declarator name: ${bound}) @it))`,
      ),
    ]),
  ),
];

const TYPES = [
  patterns(
    'class',
    '(class_declaration name: (type_identifier) @name)',
    '(abstract_class_declaration name: (type_identifier) @name)',
  ),
  patterns('interface', '(interface_declaration name: (type_identifier) @name)'),
  patterns('type', '(type_alias_declaration name: (type_identifier) @name)'),
  patterns('enum', '(enum_declaration name: (identifier) @name)'),
  patterns(
    'constant',
    '(enum_body name: (property_identifier) @name @it)',
    '(enum_assignment name: (property_identifier) @name)',
  ),
  patterns('module', '(internal_module name: (_) @name)', '(module name: (_) @name)'),
  patterns('function', '(function_signature name: (identifier) @name)'),
  patterns(
    'method',
    '(method_signature name: (_) @name)',
    '(abstract_method_signature name: (_) @name)',
    `(public_field_definition name: (_) @name value: ${FUNCTION_VALUE})`,
    '(property_signature name: (_) @name type: (type_annotation (function_type)))',
  ),
  patterns(
    'property',
    '(public_field_definition name: (_) @name)',
    '(interface_body (property_signature name: (_) @name) @it)',
    '(type_alias_declaration value: (object_type (property_signature name: (_) @name) @it))',
  ),
];

const typed = [...TYPES, ...VARIABLES].join('\n');

export const typescript: Language = { name: 'typescript', endings: ['ts', 'mts', 'cts'], symbols: typed };

export const tsx: Language = { name: 'tsx', endings: ['tsx'], symbols: typed };

export const javascript: Language = {
  name: 'javascript',
  endings: ['js', 'mjs', 'cjs', 'jsx'],
  symbols: [
    patterns('class', '(class_declaration name: (identifier) @name)'),
    patterns('method', `(field_definition property: (_) @name value: ${FUNCTION_VALUE})`),
    patterns('property', '(field_definition property: (_) @name)'),
    ...VARIABLES,
  ].join('\n'),
};
