import { canonicalJson, extractionId } from '../base/ids.ts';
import type { Part, Partition } from '../data/data.ts';
import { storedName } from '../data/stored-names.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { Reading } from './extractor.ts';
import { placeOf } from './source.ts';
import { before, earliest, floorTo, instant, milliseconds, type Instant } from '../time/time.ts';

/**
 * The partitions of a window that ends at the watermark: `asOf` less the declared lateness. A partition's bounds come
 * from the calendar, so the next day's run finds all but the newest already extracted.
 */
export function planPartitions(
  { source }: Pick<Pipeline, 'source'>,
  asOf: Instant,
): { watermark: Instant; partitions: Partition[] } {
  const watermark = before(asOf, source.lateness);
  const step = milliseconds(source.partition);
  const partitions: Partition[] = [];
  for (let from = floorTo(before(asOf, source.history), source.partition); from < watermark;) {
    const next = instant(Date.parse(from) + step);
    partitions.push({ from, to: earliest(next, watermark) });
    from = next;
  }
  return { watermark, partitions };
}

/** The id of an extraction: what is read in another way, as by a changed declaration, has another. */
export const extractionOf = (pipeline: string, kind: Part['kind'], reading: Reading, { from, to }: Partition): string =>
  extractionId(pipeline, { kind, reading, ...namesIn(reading), from, to });

/** Extracts parts of versions without stored names again, unless they hold the same names. */
const namesIn = ({ columns }: Reading): { names?: 'stored' } =>
  Object.keys(columns).every((column) => storedName(column) === column) ? {} : { names: 'stored' };

/** Whether both declarations read the same of the same source, so that a snapshot of one serves the other. */
export const readAlike = (one: Pipeline, other: Pipeline): boolean =>
  canonicalJson(readingsOf(one)) === canonicalJson(readingsOf(other));

/** What is read of a source: its rows, and its label facts by the time they were observed. */
export function readingsOf({ source, label, columns }: Pipeline): { rows: Reading; labels: Reading } {
  const { key, time, entity } = source;
  // A label that is a column of the rows is a fact at the row's own time.
  const facts = label.facts ?? { ...source, value: label.name, observedAt: time };
  // Only kinds: a changed expectation does not change the rows.
  const kinds = Object.entries(columns).map(([name, column]) => [name, { kind: column.kind, nulls: 0 }]);
  return {
    rows: {
      from: placeOf(source),
      key,
      time,
      entity: entity ?? null,
      columns: Object.fromEntries(kinds) as Pipeline['columns'],
    },
    labels: {
      from: placeOf(facts),
      key: facts.key,
      time: facts.observedAt,
      entity: null,
      ...(label.classes
        ? { columns: { [facts.value]: { kind: 'category', nulls: 0 } }, classes: label.classes }
        : { columns: { [facts.value]: { kind: 'number', nulls: 0 } } }),
    },
  };
}
