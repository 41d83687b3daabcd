/**
 * Splits a request's target into path and query, both as they were sent. `new URL` would take `//x` for a host, resolve
 * `..` and refuse some targets; nothing here may depend on how a URL library reads a hostile path.
 */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** A query as an object: a parameter that is given more than once is an array, which no schema of ours accepts. */
export function queryObject(query: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const [first = '', ...more] = query.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
}
