/** Names that Parquet files keep unchanged: DuckDB ignores case, and a leading underscore marks our own columns. */
const PLAIN = /^[a-z][a-z0-9_]*$/;

/**
 * The name of a declared column in our Parquet files. DuckDB takes "Amount" and "amount" for one column, so every
 * character except lower-case letters, digits and underscores becomes its code point in hexadecimal between tildes, as
 * does a first character that is not a lower-case letter. No two names are stored alike, and none like our own columns.
 * storedName('Unit price') // => '~55~nit~20~price'
 */
export const storedName = (name: string): string =>
  PLAIN.test(name)
    ? name
    : name.replace(/^[^a-z]|[^a-z0-9_]/gu, (letter) => `~${letter.codePointAt(0)!.toString(16)}~`);

/** The way back: declaredName('~55~nit~20~price') // => 'Unit price' */
export const declaredName = (stored: string): string =>
  stored.replace(/~([0-9a-f]+)~/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)));
