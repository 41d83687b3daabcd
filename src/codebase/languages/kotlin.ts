import { patterns, type Language } from './language.js';

export const kotlin: Language = {
  name: 'kotlin',
  endings: ['kt', 'kts'],
  symbols: [
    patterns('interface', '(class_declaration "interface" name: (identifier) @name)'),
    patterns('enum', '(class_declaration (modifiers (class_modifier "enum")) name: (identifier) @name)'),
    patterns(
      'class',
      '(class_declaration name: (identifier) @name)',
      '(object_declaration name: (identifier) @name)',
      '(companion_object name: (identifier) @name)',
    ),
    patterns(
      'method',
      '(class_body (function_declaration name: (identifier) @name) @it)',
      '(enum_class_body (function_declaration name: (identifier) @name) @it)',
    ),
    patterns('function', '(function_declaration name: (identifier) @name)'),
    patterns('type', '(type_alias type: (identifier) @name)'),
    patterns('constant', '(enum_entry (identifier) @name)'),
    patterns(
      'variable',
      '(source_file (property_declaration (variable_declaration (identifier) @name)) @it)',
    ),
    patterns(
      'property',
      '(class_body (property_declaration (variable_declaration (identifier) @name)) @it)',
      '(class_parameter ["val" "var"] (identifier) @name)',
    ),
  ].join('\n'),
};
