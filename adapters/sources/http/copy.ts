import type { Partition } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import type { Secrets } from '../../../core/sources/secrets.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import type { HttpClient } from '../../http/client.ts';
import { type Extraction, neededColumns, type ReadingOf } from '../extraction.ts';
import { meant, namesOf } from '../in-words.ts';
import { loadedColumns } from '../load.ts';
import { pour } from '../pour.ts';
import { refuseUnknownClasses } from '../refusals.ts';
import { openApi } from './api.ts';
import { ask, type Manners, usualManners } from './ask.ts';
import { pagesOf, readPage } from './pages.ts';
import { isWithin, lineMaker, type JsonRow } from './rows.ts';

/** A person waits for a check, or an activity with a minute's limit. */
const checking = { tries: 3, timeoutMs: 10_000, longestPauseMs: 2_000 };
const CHECKED_ROWS = 20;
const CHECKED_DAYS = [1, 30];

/**
 * Reads rows of a paged JSON API. It drops rows outside the requested time, and keeps a repeated row once.
 */
export const createApiExtraction = (
  secrets: Secrets,
  client: HttpClient,
  manners: Partial<Manners>,
): Extraction<'http'> => ({
  async check(reading) {
    const api = openApi(secrets, client, reading);
    const patience = { ...usualManners, ...checking, ...manners };
    const now = Date.now();
    for (const days of CHECKED_DAYS) {
      const asked = { from: instant(now - days * DAY), to: instant(now) };
      const answer = await ask(api, { ...asked, limit: String(CHECKED_ROWS) }, patience);
      const { rows } = readPage(answer, reading, api.where);
      if (rows.length === 0) continue;
      compare(rows.slice(0, CHECKED_ROWS), reading, api.where, asked);
      break;
    }
    // A source without recent rows cannot be checked; extraction checks each row.
    return [];
  },
  async copy(reading, copying) {
    const { partition } = copying;
    const api = openApi(secrets, client, reading);
    const lineOf = lineMaker(reading, api.where, 'SOURCE_VALUE_INVALID');
    const wanted = isWithin(partition);
    const { rows, ofNoClass } = await pour(
      {
        where: api.where,
        columns: loadedColumns(reading),
        // If rows arrive between two pages, some appear twice.
        once: true,
        async *begin(signal) {
          for await (const page of pagesOf({
            api,
            reading,
            partition,
            manners: { ...usualManners, ...manners },
            signal,
          })) {
            const lines = page.map(lineOf).filter(wanted);
            if (lines.length > 0) yield lines.map(({ line }) => line).join('');
          }
        },
      },
      copying,
    );
    refuseUnknownClasses(ofNoClass, api.where, reading, partition);
    return rows;
  },
});

/** Checks a declaration against some rows. A field that none of them has is missing; one that some have is optional. */
function compare(rows: JsonRow[], reading: ReadingOf<'http'>, where: string, { from, to }: Partition): void {
  const fields = new Set(rows.flatMap((row) => Object.keys(row)));
  const missing = neededColumns(reading).filter((column) => !fields.has(column));
  if (missing.length > 0)
    throw new UserError(
      'SOURCE_COLUMN_MISSING',
      `The rows of ${where} have no field ${missing.join(', ')}; their fields are: ${namesOf([...fields])}.${meant(missing, [...fields])}`,
    );
  const times = rows.map(lineMaker(reading, where, 'SOURCE_COLUMN_TYPE')).map(({ time }) => time);
  // Tolerate a day: some APIs include the end, and some return whole days.
  const strangers = times.filter((time) => time < Date.parse(from) - DAY || time > Date.parse(to) + DAY);
  if (strangers.length === times.length)
    throw new UserError(
      'SOURCE_ANSWER_INVALID',
      `Perennial asked ${where} for rows with ${reading.time} from ${from} to ${to}, and got one from the year ${new Date(strangers[0]!).getUTCFullYear()}. ` +
        'Make the API respect "from" and "to", and send times as ISO 8601 or as milliseconds since 1970.',
    );
}
