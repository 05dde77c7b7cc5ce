import { csv, csvPlace } from './csv.ts';
import { http, httpPlace } from './http.ts';
import type { PlaceKind } from './place.ts';
import { postgres, postgresPlace } from './postgres.ts';
import { columnName, duration, strict, stretch } from '../base/schema.ts';
import { DAY, HOUR, milliseconds, MINUTE } from '../time/time.ts';
import * as z from 'zod';

const placeSchema = z.discriminatedUnion('kind', [z.object(postgresPlace), z.object(httpPlace), z.object(csvPlace)]);
/** Where rows are. */
export type Place = z.infer<typeof placeSchema>;

const places: { [Kind in Place['kind']]: PlaceKind<Extract<Place, { kind: Kind }>> } = { postgres, http, csv };

const reading = {
  key: columnName,
  time: columnName,
  /** Rows of one entity (a card, a customer) belong together: confidence intervals resample entities, not rows. */
  entity: columnName.optional(),
  partition: stretch.default('1 day'),
  /** How late a row can arrive and still count; a partition closes after this long. */
  lateness: duration.default('1 hour'),
  history: stretch.default('30 days'),
  /** Which of these must not appear in reports; columns and the label have their own `sensitive`. */
  sensitive: z.array(z.enum(['key', 'entity'])).optional(),
};
export const sourceSchema = z.discriminatedUnion('kind', [
  strict({ ...postgresPlace, ...reading }),
  strict({ ...httpPlace, ...reading }),
  strict({ ...csvPlace, ...reading }),
]);

/** Label facts: of which row, which value, and when it became known. */
const fact = { key: columnName, value: columnName, observedAt: columnName };
export const factsSchema = z.discriminatedUnion('kind', [
  strict({ ...postgresPlace, ...fact }),
  strict({ ...httpPlace, ...fact }),
  strict({ ...csvPlace, ...fact }),
]);

/** The shortest of whole days, hours or minutes that cuts a history in so few: shortestPartition('200 weeks', 498) // => '3 days' */
export function shortestPartition(history: string, most: number): string {
  const shortest = milliseconds(history) / most;
  const [unit, size] = ([['day', DAY], ['hour', HOUR]] as const).find(([, each]) => shortest > each) ?? ['minute', MINUTE]; // prettier-ignore
  const count = Math.ceil(shortest / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Only the place of the rows, of a declared source or of label facts. */
export const placeOf = (at: Place): Place => placeSchema.parse(at);

/** placeInWords(pipeline.source) // => 'transactions' */
export const placeInWords = (at: Place): string => (places[at.kind] as PlaceKind<Place>).inWords(at);
