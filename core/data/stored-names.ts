/** Names that Parquet files hold as they are: DuckDB ignores case, and a leading underscore marks our own columns. */
const PLAIN = /^[a-z][a-z0-9_]*$/;

/**
 * What a declared column is called in our Parquet files. DuckDB takes "Amount" and "amount" for one column, so every
 * character but small letters, digits and underscores becomes its code point in hexadecimal between tildes, as does
 * whatever a name begins with that is no small letter. Two names are never stored alike, and none like our own columns.
 * storedName('Unit price') // => '~55~nit~20~price'
 */
export const storedName = (name: string): string =>
  PLAIN.test(name)
    ? name
    : name.replace(/^[^a-z]|[^a-z0-9_]/gu, (letter) => `~${letter.codePointAt(0)!.toString(16)}~`);

/** The way back: declaredName('~55~nit~20~price') // => 'Unit price' */
export const declaredName = (stored: string): string =>
  stored.replace(/~([0-9a-f]+)~/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)));
