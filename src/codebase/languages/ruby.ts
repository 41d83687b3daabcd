import { patterns, type Language } from './language.js';

export const ruby: Language = {
  name: 'ruby',
  endings: ['rb', 'rake', 'gemspec', 'ru'],
  symbols: [
    patterns(
      'class',
      '(class name: (constant) @name)',
      '(class name: (scope_resolution name: (constant) @name))',
    ),
    patterns(
      'module',
      '(module name: (constant) @name)',
      '(module name: (scope_resolution name: (constant) @name))',
    ),
    patterns('method', '(method name: (_) @name)', '(singleton_method name: (_) @name)'),
    patterns('constant', '(assignment left: (constant) @name)'),
    patterns(
      'property',
      '(call method: (identifier) @accessor arguments: (argument_list (simple_symbol) @name) (#match? @accessor "^(attr_reader|attr_writer|attr_accessor)$"))',
    ),
  ].join('\n'),
};
