import { patterns, type Language } from './language.js';

export const php: Language = {
  name: 'php',
  endings: ['php', 'phtml', 'inc'],
  symbols: [
    patterns('class', '(class_declaration name: (name) @name)'),
    patterns('interface', '(interface_declaration name: (name) @name)'),
    patterns('trait', '(trait_declaration name: (name) @name)'),
    patterns('enum', '(enum_declaration name: (name) @name)'),
    patterns('function', '(function_definition name: (name) @name)'),
    patterns('method', '(method_declaration name: (name) @name)'),
    patterns('module', '(namespace_definition name: (namespace_name) @name)'),
    patterns('constant', '(const_element . (name) @name)', '(enum_case name: (name) @name)'),
    patterns(
      'property',
      '(property_element (variable_name (name) @name))',
      '(property_promotion_parameter name: (variable_name (name) @name))',
    ),
  ].join('\n'),
};
