import { patterns, type Language } from './language.js';

export const rust: Language = {
  name: 'rust',
  endings: ['rs'],
  symbols: [
    patterns(
      'method',
      '(impl_item body: (declaration_list (function_item name: (identifier) @name) @it))',
      '(trait_item body: (declaration_list (function_item name: (identifier) @name) @it))',
      '(trait_item body: (declaration_list (function_signature_item name: (identifier) @name) @it))',
    ),
    patterns(
      'function',
      '(function_item name: (identifier) @name)',
      '(function_signature_item name: (identifier) @name)',
    ),
    patterns(
      'struct',
      '(struct_item name: (type_identifier) @name)',
      '(union_item name: (type_identifier) @name)',
    ),
    patterns('enum', '(enum_item name: (type_identifier) @name)'),
    patterns('trait', '(trait_item name: (type_identifier) @name)'),
    patterns(
      'type',
      '(type_item name: (type_identifier) @name)',
      '(associated_type name: (type_identifier) @name)',
    ),
    patterns('constant', '(const_item name: (identifier) @name)', '(enum_variant name: (identifier) @name)'),
    patterns('variable', '(static_item name: (identifier) @name)'),
    patterns('module', '(mod_item name: (identifier) @name body: (declaration_list))'),
    patterns('macro', '(macro_definition name: (identifier) @name)'),
    patterns(
      'property',
      '(struct_item body: (field_declaration_list (field_declaration name: (field_identifier) @name) @it))',
    ),
  ].join('\n'),
};
