/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const conditions: Record<string, string> = {
  '22001': 'a text is too long',
  '22003': 'a number is out of range',
  '22007': 'a text is not a date or time',
  '22008': 'a date or time is out of range',
  '22012': 'a number is divided by zero',
  '22021': 'bytes are not valid text',
  '22P02': 'a text is not a value of its type',
  '22P05': 'a character cannot be encoded',
  '23502': 'a value is null where null is not allowed',
  '23503': 'a row refers to one that does not exist',
  '23505': 'a row already exists',
  '23514': 'a row breaks a check',
};
/** Classes whose messages are about connections, rights, names and resources; the others quote values of rows. */
const TELLING = /^(08|25|28|3D|40|42|53|54|55|57|58)/;

interface PostgresError extends Error {
  code: string;
  table?: string;
  column?: string;
  constraint?: string;
}
const isPostgres = (error: Error): error is PostgresError =>
  'severity' in error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code));

function describePostgres({ code, message, table, column, constraint }: PostgresError): string {
  const words = TELLING.test(code) ? message : (conditions[code] ?? 'the database rejected the request');
  const names = Object.entries({ table, column, constraint }).flatMap(([what, name]) =>
    name ? [`${what} ${name}`] : [],
  );
  return `${words} (${[`SQLSTATE ${code}`, ...names].join(', ')})`;
}

/** DuckDB's errors can be told apart only by the beginning of their message. */
const DUCKDB = /^([A-Z][A-Za-z]*(?: [A-Za-z]+)*) Error: /;
const TELLING_KINDS = ['IO', 'Out of Memory', 'INTERRUPT', 'Binder', 'Catalog', 'Parser', 'Permission'];

/**
 * What to show of an error from a driver or Node: its kind and names, never a value. Postgres and DuckDB quote the
 * values that they cannot read, and JSON.parse quotes its input.
 */
export function describeForeign(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A host with two addresses fails with an error for each, inside one without a message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeForeign).join('; ');
  if (isPostgres(error)) return describePostgres(error);
  const kind = DUCKDB.exec(error.message)?.[1];
  if (kind !== undefined)
    // The first line only: the others show the statement.
    return TELLING_KINDS.includes(kind) ? error.message.split('\n')[0]!.trim() : `DuckDB reports: ${kind} Error`;
  if (error instanceof SyntaxError && error.message.includes('JSON')) {
    const position = /at position \d+/.exec(error.message)?.[0];
    return `it is not valid JSON${position === undefined ? '' : ` (${position})`}`;
  }
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
