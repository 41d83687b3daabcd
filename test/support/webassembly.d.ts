// The part of WebAssembly's types that schema-engine.ts uses. They come with the DOM library only, which is not for a
// server.
declare namespace WebAssembly {
  type Imports = Record<string, object>;
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  function instantiate(bytes: Uint8Array, imports: Imports): Promise<{ instance: Instance }>;
}
