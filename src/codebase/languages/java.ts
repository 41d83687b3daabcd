import { patterns, type Language } from './language.js';

export const java: Language = {
  name: 'java',
  endings: ['java'],
  symbols: [
    patterns(
      'class',
      '(class_declaration name: (identifier) @name)',
      '(record_declaration name: (identifier) @name)',
    ),
    patterns(
      'interface',
      '(interface_declaration name: (identifier) @name)',
      '(annotation_type_declaration name: (identifier) @name)',
    ),
    patterns('enum', '(enum_declaration name: (identifier) @name)'),
    patterns(
      'method',
      '(method_declaration name: (identifier) @name)',
      '(annotation_type_element_declaration name: (identifier) @name)',
    ),
    patterns(
      'constructor',
      '(constructor_declaration name: (identifier) @name)',
      '(compact_constructor_declaration name: (identifier) @name)',
    ),
    patterns(
      'constant',
      '(enum_constant name: (identifier) @name)',
      '(constant_declaration declarator: (variable_declarator name: (identifier) @name))',
    ),
    patterns('property', '(field_declaration declarator: (variable_declarator name: (identifier) @name))'),
  ].join('\n'),
};
