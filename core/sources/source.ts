import { durationPattern, milliseconds } from '../time/time.ts';
import * as z from 'zod';

/** An object that refuses unknown keys, and says which ones it knows. */
export const strict = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `supported keys are: ${keys}`
        : code === 'invalid_type'
          ? `write an object with the keys ${keys}`
          : undefined,
  });
};

export const share = z.number().min(0, 'a share lies between 0 and 1').max(1, 'a share lies between 0 and 1');
export const duration = z.string().regex(durationPattern, {
  message: 'write a duration like "90 minutes", "24 hours" or "7 days"',
  abort: true, // what is checked next calculates with it
});
/** A duration that something is cut into or looked at by: none of it would be nothing at all. */
export const stretch = duration.refine((text) => milliseconds(text) > 0, {
  message: 'longer than nothing',
  abort: true,
});
/** Reports, pages and messages show its counts and none of its values. */
export const sensitive = z.boolean().optional();
/** Whatever a table, an API or a file calls a column; case matters. */
export const columnName = z
  .string()
  .min(1, 'a column has a name')
  .max(200, 'the name of a column has at most 200 characters')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'the name of a column holds no control characters');
const tableName = z.string().regex(/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i, 'a table is "name" or "schema.name"');
export const secret = strict({ env: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'name a variable like "FRAUD_DB_URL"') });
export type Secret = z.infer<typeof secret>;

/** Where rows are: a table of a Postgres, a paged list of a JSON API, or a file. */
const places = {
  postgres: { kind: z.literal('postgres'), connection: secret, table: tableName },
  http: {
    kind: z.literal('http'),
    /** The variable that holds the API's address, like https://api.example.com/v1 */
    connection: secret,
    path: z.string().regex(/^\/[^?#]*$/, 'write a path like "/readings"'),
    /** The variable that holds what is sent as "authorization: Bearer ...". */
    token: secret.optional(),
    /** The fields of an answer that hold its rows, and what to send as "cursor" for the next page (null: it was the last). */
    rows: z.string().min(1).default('data'),
    next: z.string().min(1).default('next'),
    pageSize: z.int().min(1).max(100_000).default(1_000),
  },
  csv: {
    kind: z.literal('csv'),
    /** Relative to the declaration's own file. */
    file: z.string().min(1),
  },
};
const placeSchema = z.discriminatedUnion('kind', [strict(places.postgres), strict(places.http), strict(places.csv)]);
export type Place = z.infer<typeof placeSchema>;

const reading = {
  key: columnName,
  time: columnName,
  /** Rows of one entity (a card, a customer) belong together: confidence intervals resample entities, not rows. */
  entity: columnName.optional(),
  partition: stretch.default('1 day'),
  /** How late a row may arrive and still be counted; a partition is closed once this long has passed. */
  lateness: duration.default('1 hour'),
  history: stretch.default('30 days'),
  /** Which of these no report may show values of; columns and the label have a `sensitive` of their own. */
  sensitive: z.array(z.enum(['key', 'entity'])).optional(),
};
export const sourceSchema = z.discriminatedUnion('kind', [
  strict({ ...places.postgres, ...reading }),
  strict({ ...places.http, ...reading }),
  strict({ ...places.csv, ...reading }),
]);

/** Label facts: of which row, which value, and when it became known. */
const fact = { key: columnName, value: columnName, observedAt: columnName };
export const factsSchema = z.discriminatedUnion('kind', [
  strict({ ...places.postgres, ...fact }),
  strict({ ...places.http, ...fact }),
  strict({ ...places.csv, ...fact }),
]);

/** placeOf(pipeline.source) // => only what says where the rows are */
export const placeOf = (at: Place): Place =>
  placeSchema.parse(Object.fromEntries(Object.entries(at).filter(([key]) => key in places[at.kind])));

/** placeInWords(pipeline.source) // => 'transactions' */
export const placeInWords = (at: Place): string =>
  at.kind === 'postgres' ? at.table : at.kind === 'http' ? at.path : at.file;
