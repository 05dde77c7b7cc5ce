import type { Prediction } from './prediction-log.ts';

/** Under this name a logged row keeps what was scored in place of what it has. */
export const IMPUTED = '_imputed';
/** A logged row has this field if its caller named the version. */
export const NAMED = '_named';

/** Under this name a logged row keeps the probabilities of its classes. */
export const PROBABILITIES = '_probabilities';

/** The columns of a line, in their order. */
export const lineColumns = 'id, pipeline, version, key, entity, time, row, score, decision, served_at';

/**
 * A prediction as a line in the text format of Postgres' COPY, so that a database reads what a server spooled as it is.
 * https://www.postgresql.org/docs/current/sql-copy.html
 */
export const lineOf = (prediction: Prediction): string => {
  const { id, pipeline, version, key, entity, time, row, imputed, named, probabilities, score, decision, servedAt } =
    prediction;
  const logged =
    imputed || named || probabilities
      ? {
          ...row,
          ...(imputed && { [IMPUTED]: imputed }),
          ...(named && { [NAMED]: true }),
          ...(probabilities && { [PROBABILITIES]: probabilities }),
        }
      : row;
  const rest = `${time}\t${doubled(JSON.stringify(logged))}\t${score}\t${decision ?? NULL}\t${servedAt}\n`;
  return `${id}\t${pipeline}\t${version}\t${escaped(key)}\t${entity === null ? NULL : escaped(entity)}\t${rest}`;
};

const NULL = '\\N';

/** JSON has no raw tab or line end. */
const doubled = (json: string): string => (json.includes('\\') ? json.replaceAll('\\', '\\\\') : json);

const special: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escaped = (text: string): string =>
  /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (one) => special[one]!) : text;
