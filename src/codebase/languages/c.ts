import { patterns, type Language } from './language.js';

const C = [
  patterns('function', '(function_declarator declarator: (identifier) @name)'),
  patterns(
    'struct',
    '(struct_specifier name: (type_identifier) @name body: (_))',
    '(union_specifier name: (type_identifier) @name body: (_))',
  ),
  patterns('enum', '(enum_specifier name: (type_identifier) @name body: (_))'),
  patterns('type', '(type_definition declarator: (type_identifier) @name)'),
  patterns(
    'macro',
    '(preproc_def name: (identifier) @name)',
    '(preproc_function_def name: (identifier) @name)',
  ),
  patterns('constant', '(enumerator name: (identifier) @name)'),
  patterns(
    'variable',
    '(translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @it)',
    '(translation_unit (declaration declarator: (identifier) @name) @it)',
    '(translation_unit (declaration declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name))) @it)',
  ),
  patterns('property', '(field_declaration declarator: (field_identifier) @name)'),
];

export const c: Language = { name: 'c', endings: ['c'], symbols: C.join('\n') };

/** A header may be either language's; the grammar of C++ reads both. */
export const cpp: Language = {
  name: 'cpp',
  endings: ['cc', 'cpp', 'cxx', 'c++', 'h', 'hh', 'hpp', 'hxx', 'h++', 'inl', 'ipp', 'tpp'],
  symbols: [
    patterns('class', '(class_specifier name: (type_identifier) @name body: (_))'),
    patterns(
      'method',
      '(function_declarator declarator: [(field_identifier) (destructor_name) (operator_name)] @name)',
      '(function_declarator declarator: (qualified_identifier name: [(identifier) (destructor_name) (operator_name)] @name))',
      '(function_declarator declarator: (qualified_identifier name: (qualified_identifier name: [(identifier) (destructor_name) (operator_name)] @name)))',
    ),
    patterns(
      'constructor',
      '(field_declaration_list (declaration declarator: (function_declarator declarator: (identifier) @name)) @it)',
      '(field_declaration_list (function_definition declarator: (function_declarator declarator: (identifier) @name)) @it)',
    ),
    patterns(
      'module',
      '(namespace_definition name: (namespace_identifier) @name)',
      '(namespace_definition name: (nested_namespace_specifier) @name)',
    ),
    patterns(
      'type',
      '(alias_declaration name: (type_identifier) @name)',
      '(concept_definition name: (identifier) @name)',
    ),
    ...C,
  ].join('\n'),
};
