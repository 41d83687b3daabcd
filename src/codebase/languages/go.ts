import { patterns, type Language } from './language.js';

export const go: Language = {
  name: 'go',
  endings: ['go'],
  symbols: [
    patterns('function', '(function_declaration name: (identifier) @name)'),
    patterns(
      'method',
      '(method_declaration name: (field_identifier) @name)',
      '(interface_type (method_elem name: (field_identifier) @name) @it)',
    ),
    patterns('struct', '(type_spec name: (type_identifier) @name type: (struct_type))'),
    patterns('interface', '(type_spec name: (type_identifier) @name type: (interface_type))'),
    patterns(
      'type',
      '(type_spec name: (type_identifier) @name)',
      '(type_alias name: (type_identifier) @name)',
    ),
    patterns('constant', '(source_file (const_declaration (const_spec (identifier) @name) @it))'),
    patterns(
      'variable',
      '(source_file (var_declaration (var_spec name: (identifier) @name) @it))',
      '(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @it)))',
    ),
    patterns(
      'property',
      '(type_spec type: (struct_type (field_declaration_list (field_declaration name: (field_identifier) @name) @it)))',
    ),
  ].join('\n'),
};
