// The part of WebAssembly's types that syntax.ts uses. They come with the DOM library only, which is not for a server.
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  /** Limits are in pages of 64 KiB. */
  const Memory: new (limits: { readonly initial: number; readonly maximum: number }) => Memory;
}
