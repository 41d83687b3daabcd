import { patterns, type Language } from './language.js';

export const python: Language = {
  name: 'python',
  endings: ['py', 'pyi', 'pyw'],
  symbols: [
    patterns('class', '(class_definition name: (identifier) @name)'),
    patterns(
      'method',
      '(class_definition body: (block (function_definition name: (identifier) @name) @it))',
      '(class_definition body: (block (decorated_definition definition: (function_definition name: (identifier) @name) @it)))',
    ),
    patterns('function', '(function_definition name: (identifier) @name)'),
    patterns('type', '(type_alias_statement left: (type (identifier) @name))'),
    patterns('variable', '(module (expression_statement (assignment left: (identifier) @name) @it))'),
    patterns(
      'property',
      '(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @it)))',
    ),
  ].join('\n'),
};
