// The little of WebAssembly that schema-engine.ts uses: Node's types leave it to the DOM library, which a
// server should not pull in.
declare namespace WebAssembly {
  type Imports = Record<string, object>;
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  function instantiate(bytes: Uint8Array, imports: Imports): Promise<{ instance: Instance }>;
}
