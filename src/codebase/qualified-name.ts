/** Names that people and models write with their owner. Pure. */
import type { CodeSymbol } from './file-facts.js';
import { hasPlainName, namesIn, plainName } from './words.js';

export interface QualifiedName {
  readonly owner: string;
  /** The last part. */
  readonly name: string;
}

/** Splits `Cart.total`, `shop::Cart::total`, `Cart#total` and `cart->total`, also with `()`; null for a name without an owner. */
export function splitOwner(text: string): QualifiedName | null {
  const parts = text
    .trim()
    .replace(/\(\)$/, '')
    .split(/\.|::|->|(?<=.)#/)
    .filter((part) => part !== '');
  const [owner, name] = parts.slice(-2);
  return owner === undefined || name === undefined ? null : { owner, name };
}

/**
 * The symbols of a file that are in a definition of the owner's name, or name it in their signature, as a method in Go or
 * C++ does. A file may define both names thousands of times, so each symbol is looked at once.
 * @param symbols of the file, in the order of their lines
 * @param named those that have the name, in the same order
 */
export function ownedBy(
  symbols: readonly CodeSymbol[],
  named: readonly CodeSymbol[],
  { owner, name }: QualifiedName,
): CodeSymbol[] {
  const plain = plainName(owner);
  const owners = symbols.filter((symbol) => hasPlainName(symbol, plain));
  // A constructor has its owner's name, and may not own itself.
  const same = plain === plainName(name) ? 0 : 1;
  let next = 0;
  let reach = 0;
  return named.filter((symbol) => {
    for (let own = owners[next]; own !== undefined && own.line < symbol.line + same; own = owners[++next])
      reach = Math.max(reach, own.endLine);
    return reach >= symbol.endLine || namesInHead(symbol, owner);
  });
}

function namesInHead({ name, signature }: CodeSymbol, owner: string): boolean {
  const head = signature.slice(0, signature.indexOf(plainName(name)));
  return head.includes(owner) && [...namesIn(head)].some(([word]) => word === owner);
}
