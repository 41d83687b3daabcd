import { patterns, type Language } from './language.js';

export const swift: Language = {
  name: 'swift',
  endings: ['swift'],
  symbols: [
    patterns('struct', '(class_declaration declaration_kind: "struct" name: (type_identifier) @name)'),
    patterns('enum', '(class_declaration declaration_kind: "enum" name: (type_identifier) @name)'),
    patterns('class', '(class_declaration name: (_) @name)'),
    patterns('interface', '(protocol_declaration name: (type_identifier) @name)'),
    patterns(
      'method',
      '(class_body (function_declaration name: (simple_identifier) @name) @it)',
      '(enum_class_body (function_declaration name: (simple_identifier) @name) @it)',
      '(protocol_function_declaration name: (simple_identifier) @name)',
    ),
    patterns('function', '(function_declaration name: (simple_identifier) @name)'),
    patterns('constructor', '(init_declaration "init" @name)'),
    patterns(
      'type',
      '(typealias_declaration name: (type_identifier) @name)',
      '(associatedtype_declaration name: (type_identifier) @name)',
    ),
    patterns('constant', '(enum_entry name: (simple_identifier) @name)'),
    patterns(
      'variable',
      '(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @it)',
    ),
    patterns(
      'property',
      '(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @it)',
      '(enum_class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @it)',
      '(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name))',
    ),
  ].join('\n'),
};
