import { patterns, type Language } from './language.js';

export const cSharp: Language = {
  name: 'c_sharp',
  endings: ['cs'],
  symbols: [
    patterns(
      'class',
      '(class_declaration name: (identifier) @name)',
      '(record_declaration name: (identifier) @name)',
    ),
    patterns('struct', '(struct_declaration name: (identifier) @name)'),
    patterns('interface', '(interface_declaration name: (identifier) @name)'),
    patterns('enum', '(enum_declaration name: (identifier) @name)'),
    patterns('type', '(delegate_declaration name: (identifier) @name)'),
    patterns(
      'module',
      '(namespace_declaration name: (_) @name)',
      '(file_scoped_namespace_declaration name: (_) @name)',
    ),
    patterns('method', '(method_declaration name: (identifier) @name)'),
    patterns('function', '(local_function_statement name: (identifier) @name)'),
    patterns('constructor', '(constructor_declaration name: (identifier) @name)'),
    patterns('constant', '(enum_member_declaration name: (identifier) @name)'),
    patterns(
      'property',
      '(property_declaration name: (identifier) @name)',
      '(event_declaration name: (identifier) @name)',
      '(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name)))',
      '(field_declaration (variable_declaration (variable_declarator name: (identifier) @name)))',
    ),
  ].join('\n'),
};
