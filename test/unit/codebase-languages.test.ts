import assert from 'node:assert/strict';
import { LANGUAGES, languageOf } from '../../src/codebase/languages/languages.js';
import { GRAMMARS } from '../../src/codebase/parser-threads.js';
import { readText } from '../../src/codebase/read-text.js';
import { SyntaxParser } from '../../src/codebase/syntax.js';

/** Real time for a grammar's first file, on a busy machine. */
const PARSE_MS = 20_000;

/** Each sample: a file's path, its text, and the definitions in it as `kind name first-last`. */
const SAMPLES: readonly (readonly [path: string, text: string, expected: readonly string[]])[] = [
  [
    'shop.ts',
    `import { Price } from './price.js';
export interface Item { readonly name: string; total(count: number): Price; onSale: (now: Date) => boolean }
export type Id = string;
export enum Kind { A, B }
export const LIMIT = 10;
let count = 0;
export const add = (item: Item): void => {
  count += 1;
};
export function* all() {}
export abstract class Cart<T> extends Base {
  #items: T[] = [];
  static readonly empty = new Cart();
  readonly find = async (name: string) => name;
  constructor(private readonly id: Id) { super(); }
  get size(): number { return 0; }
  abstract close(): void;
}
declare function load(path: string): void;
namespace Inner { export const x = 1; }
export enum Size { Small = 's', Large = 'l' }
export const [first, ...others] = [1, 2];
export const { host, port: portNumber = 80, ...settings } = env;
const inner = () => { const notTop = 1; const nested = function () {}; return nested; };
`,
    [
      ...[
        'interface Item 2',
        'property name 2',
        'method total 2',
        'method onSale 2',
        'type Id 3',
        'enum Kind 4',
      ],
      ...['constant A 4', 'constant B 4'],
      ...['constant LIMIT 5', 'variable count 6', 'function add 7-9', 'function all 10', 'class Cart 11-18'],
      ...[
        'property #items 12',
        'property empty 13',
        'method find 14',
        'method constructor 15',
        'method size 16',
      ],
      ...['method close 17', 'function load 19', 'module Inner 20', 'constant x 20'],
      ...[
        'enum Size 21',
        'constant Small 21',
        'constant Large 21',
        'constant first 22',
        'constant others 22',
      ],
      ...['constant host 23', 'constant portNumber 23', 'constant settings 23'],
      ...['function inner 24', 'function nested 24'],
    ],
  ],
  [
    'view.tsx',
    `export const View = ({ name }: Props) => <div onClick={() => go()}>Hello {name}</div>;
export default function Page(): JSX.Element {
  return <View name="a" />;
}
`,
    ['function View 1', 'function Page 2-4'],
  ],
  [
    'lib.mjs',
    `class A extends B { #x = 1; run() {} handle = () => 1; }
exports.start = function () {};
const api = { stop() {}, list: async () => [] };
var old = 1;
`,
    [
      ...[
        'class A 1',
        'property #x 1',
        'method run 1',
        'method handle 1',
        'function start 2',
        'constant api 3',
      ],
      ...['method stop 3', 'method list 3', 'variable old 4'],
    ],
  ],
  [
    'shop.py',
    `MAX = 3
class Cart(Base):
    limit: int = 3

    def add(self, item):
        def inner(): pass
        return inner

    @property
    async def size(self):
        return 1

@decorate
def total(items): return sum(items)
type Pair = tuple[int, int]
`,
    [
      ...['variable MAX 1', 'class Cart 2-11', 'property limit 3', 'method add 5-7', 'function inner 6'],
      ...['method size 10-11', 'function total 14', 'type Pair 15'],
    ],
  ],
  [
    'shop.go',
    `package shop

import "fmt"

const Max, Min = 3, 1

var (
	count int
)

type Cart struct {
	Items []Item
}
type Store interface {
	Add(item Item) error
}
type ID = string
type Kind int

func (c *Cart) Add(item Item) error {
	return nil
}
func New[T any]() *Cart { return nil }
`,
    [
      ...['constant Max 5', 'constant Min 5', 'variable count 8', 'struct Cart 11-13', 'property Items 12'],
      ...['interface Store 14-16', 'method Add 15', 'type ID 17', 'type Kind 18', 'method Add 20-22'],
      'function New 23',
    ],
  ],
  [
    'shop.rs',
    `pub const MAX: usize = 3;
static COUNT: u8 = 0;
pub struct Cart<T> { items: Vec<T> }
enum Kind { A, B(u8) }
pub trait Store { type Key; fn add(&self); fn len(&self) -> usize { 0 } }
impl<T> Store for Cart<T> {
    fn add(&self) {}
}
mod inner { pub fn helper() {} }
type Pair = (u8, u8);
macro_rules! square { ($x:expr) => { $x * $x }; }
async fn main() {}
`,
    [
      ...[
        'constant MAX 1',
        'variable COUNT 2',
        'struct Cart 3',
        'property items 3',
        'enum Kind 4',
        'constant A 4',
      ],
      ...['constant B 4', 'trait Store 5', 'type Key 5', 'method add 5', 'method len 5', 'method add 7'],
      ...['module inner 9', 'function helper 9', 'type Pair 10', 'macro square 11', 'function main 12'],
    ],
  ],
  [
    'Shop.java',
    `package shop;
public class Shop<T> extends Base implements Store {
  private static final int MAX = 3, MIN = 1;
  public Shop(int id) { super(id); }
  @Override
  public <R> R add(T item) { return null; }
  enum Kind { A, B { void run() {} } }
  interface Store { int SIZE = 1; void add(Object item); }
  record Pair(int a, int b) { Pair { } }
  @interface Note { String value(); }
}
`,
    [
      ...[
        'class Shop 2-11',
        'property MAX 3',
        'property MIN 3',
        'constructor Shop 4',
        'method add 6',
        'enum Kind 7',
      ],
      ...[
        'constant A 7',
        'constant B 7',
        'method run 7',
        'interface Store 8',
        'constant SIZE 8',
        'method add 8',
      ],
      ...['class Pair 9', 'constructor Pair 9', 'interface Note 10', 'method value 10'],
    ],
  ],
  [
    'shop.c',
    `#include <stdio.h>
#define MAX 3
#define SQUARE(x) ((x) * (x))
typedef struct item { int price; char *name; } item_t;
enum kind { A, B };
static int count = 0;
const char *names[] = { "a" };
int total(const struct item *items, int n);
static char **find_all(void)
{
  return 0;
}
struct only *use;
`,
    [
      ...[
        'macro MAX 2',
        'macro SQUARE 3',
        'struct item 4',
        'property price 4',
        'type item_t 4',
        'enum kind 5',
      ],
      ...['constant A 5', 'constant B 5', 'variable count 6', 'function total 8', 'function find_all 9-12'],
    ],
  ],
  [
    'shop.hpp',
    `#pragma once
namespace shop::inner {
template <typename T> class Cart : public Base {
 public:
  explicit Cart(int id);
  ~Cart();
  virtual void add(const T &item) = 0;
  bool operator==(const Cart &other) const { return true; }
  int size_ = 0;
};
struct Point { int x; };
enum class Kind { A };
using Id = int;
void helper();
}
template <typename T> void shop::Cart<T>::add(const T &item) { }
std::string &Store::name() { return name_; }
`,
    [
      ...[
        'module shop::inner 2-15',
        'class Cart 3-10',
        'constructor Cart 5',
        'method ~Cart 6',
        'method add 7',
      ],
      ...['method operator== 8', 'property size_ 9', 'struct Point 11', 'property x 11', 'enum Kind 12'],
      ...['constant A 12', 'type Id 13', 'function helper 14', 'method add 16', 'method name 17'],
    ],
  ],
  [
    'Shop.cs',
    `namespace Shop.Core;
public partial class Cart<T> : Base, IStore where T : new() {
  private readonly int count = 0;
  public string Name { get; set; }
  public event Action Changed;
  public Cart(int id) : base(id) { }
  public async Task<int> AddAsync(T item) { int Local() => 1; return Local(); }
}
public interface IStore { void Add(object item); }
public record Pair(int A, int B);
public struct Point { }
enum Kind { A, B }
public delegate void Handler(object sender);
`,
    [
      ...[
        'module Shop.Core 1',
        'class Cart 2-8',
        'property count 3',
        'property Name 4',
        'property Changed 5',
      ],
      ...[
        'constructor Cart 6',
        'method AddAsync 7',
        'function Local 7',
        'interface IStore 9',
        'method Add 9',
      ],
      ...[
        'class Pair 10',
        'struct Point 11',
        'enum Kind 12',
        'constant A 12',
        'constant B 12',
        'type Handler 13',
      ],
    ],
  ],
  [
    'shop.rb',
    `module Shop
  MAX = 3
  class Cart < Base
    attr_reader :items, :owner
    def initialize(id)
      @id = id
    end
    def self.build = new(1)
    def empty?() true end
  end
  class Inner::Deep; end
end
`,
    [
      ...['module Shop 1-12', 'constant MAX 2', 'class Cart 3-10', 'property items 4', 'property owner 4'],
      ...['method initialize 5-7', 'method build 8', 'method empty? 9', 'class Deep 11'],
    ],
  ],
  [
    'shop.php',
    `<?php
namespace Shop\\Core;
const MAX = 3;
abstract class Cart extends Base implements Store {
  const LIMIT = MAX;
  private array $items = [];
  public function __construct(private int $id) { }
  public static function build(): self { return new self(1); }
}
interface Store { public function add(Item $item): void; }
trait Logs { }
enum Kind: string { case A = 'a'; }
function helper($x) { return fn($y) => $x; }
`,
    [
      ...['module Shop\\Core 2', 'constant MAX 3', 'class Cart 4-9', 'constant LIMIT 5', 'property items 6'],
      ...['method __construct 7', 'property id 7', 'method build 8', 'interface Store 10', 'method add 10'],
      ...['trait Logs 11', 'enum Kind 12', 'constant A 12', 'function helper 13'],
    ],
  ],
  [
    'Shop.kt',
    `package shop
const val MAX = 3
data class Cart(val id: Int, name: String) : Base(id) {
  private val items = mutableListOf<Item>()
  fun add(item: Item): Boolean = items.add(item)
  companion object {
    fun build() = Cart(1, "a")
  }
}
interface Store {
  suspend fun load(id: Int): Item
}
enum class Kind { A, B }
object Registry
typealias Id = Int
fun String.shout() = uppercase()
`,
    [
      ...[
        'variable MAX 2',
        'class Cart 3-9',
        'property id 3',
        'property items 4',
        'method add 5',
        'method build 7',
      ],
      ...['interface Store 10-12', 'method load 11', 'enum Kind 13', 'constant A 13', 'constant B 13'],
      ...['class Registry 14', 'type Id 15', 'function shout 16'],
    ],
  ],
  [
    'Shop.swift',
    `import Foundation
let limit = 3
public class Cart: Base {
  private var items: [Item] = []
  init(id: Int) { super.init() }
  func add(_ item: Item) -> Bool { return true }
}
struct Point { let x: Int }
enum Kind { case a, b }
protocol Store { var size: Int { get }; func load(id: Int) async throws -> Item }
extension Cart { func clear() {} }
typealias Id = Int
func helper<T>(x: T) {}
`,
    [
      ...['variable limit 2', 'class Cart 3-7', 'property items 4', 'constructor init 5', 'method add 6'],
      ...[
        'struct Point 8',
        'property x 8',
        'enum Kind 9',
        'constant a 9',
        'constant b 9',
        'interface Store 10',
      ],
      ...[
        'property size 10',
        'method load 10',
        'class Cart 11',
        'method clear 11',
        'type Id 12',
        'function helper 13',
      ],
    ],
  ],
];

describe('the languages of the code index', function () {
  this.timeout(120_000);
  let parser: SyntaxParser;
  before(async () => {
    parser = await SyntaxParser.open(GRAMMARS);
  });

  const read = async (path: string, text: string) => {
    const language = languageOf(path);
    assert.ok(language !== null, path);
    const syntax = await parser.parse(text, language, PARSE_MS);
    assert.ok(syntax !== null);
    return readText(text, language.name, syntax);
  };

  it('all have a sample', () => {
    assert.deepEqual(
      LANGUAGES.map(({ name }) => name),
      SAMPLES.map(([path]) => languageOf(path)?.name),
    );
  });

  for (const [path, text, expected] of SAMPLES) {
    it(`find what ${path} defines`, async () => {
      const { facts } = await read(path, text);
      const found = facts.symbols.map(
        ({ kind, name, line, endLine }) => `${kind} ${name} ${line}${endLine > line ? `-${endLine}` : ''}`,
      );
      assert.deepEqual(found, expected);
    });
  }
});
