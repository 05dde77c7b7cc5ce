import type { Partition } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { kindOf } from '../../../core/base/errors/kind-of.ts';
import { own } from '../../../core/base/own.ts';
import type { ReadingOf } from '../extraction.ts';
import { namesOf } from '../in-words.ts';
import type { Api } from './api.ts';
import { ask, type Manners } from './ask.ts';
import type { JsonRow } from './rows.ts';

const MOST_PAGES = 100_000;
const MOST_EMPTY_PAGES = 100;

export interface Asking {
  api: Api;
  reading: ReadingOf<'http'>;
  partition: Partition;
  manners: Manners;
  signal?: AbortSignal;
}

/** The rows of a stretch of time, a page at a time. Throws SOURCE_ANSWER_INVALID for pages without an end. */
export async function* pagesOf({ api, reading, partition, manners, signal }: Asking): AsyncGenerator<JsonRow[]> {
  const { pageSize } = reading.from;
  const cursors = new Set<string>();
  let [before, empty] = ['', 0];
  for (let cursor: string | null = null; ;) {
    const query: Record<string, string> = { ...partition, limit: String(pageSize), ...(cursor !== null && { cursor }) };
    const page = readPage(await ask(api, query, manners, signal), reading, api.where);
    const same = page.rows.length > 0 ? edgesOf(page.rows) : '';
    if (same !== '' && same === before) throw endless(api.where, 'sends the same page again with another cursor');
    empty = page.rows.length > 0 ? 0 : empty + 1;
    yield page.rows;

    if (page.next === null) return;
    if (cursors.has(page.next)) throw endless(api.where, 'returns to a cursor that it sent before');
    if (empty >= MOST_EMPTY_PAGES) throw endless(api.where, `sent ${empty} pages without a row, one after the other`);
    if (cursors.size >= MOST_PAGES) throw endless(api.where, `sent ${MOST_PAGES} pages`);
    cursors.add(page.next);
    [cursor, before] = [page.next, same];
  }
}

/** The rows of one page. */
export function readPage(
  answer: unknown,
  { from: { rows: field, next } }: ReadingOf<'http'>,
  where: string,
): { rows: JsonRow[]; next: string | null } {
  const rows = at(answer, field);
  if (!Array.isArray(rows)) {
    const has = isObject(answer) ? `an object with the fields ${namesOf(Object.keys(answer))}` : kindOf(answer);
    throw new UserError(
      'SOURCE_ANSWER_INVALID',
      `${where} answers with ${has}, without a list of rows in its field "${field}". Declare source.rows and ` +
        'source.next by the API\'s names; an answer looks like { "data": [...], "next": null }.',
    );
  }
  const wrong: unknown = rows.find((row) => !isObject(row));
  if (wrong !== undefined)
    throw new UserError('SOURCE_ANSWER_INVALID', `${where} sends a row that is not an object: ${kindOf(wrong)}.`);
  const cursor = at(answer, next);
  if (cursor == null || cursor === '') return { rows: rows as JsonRow[], next: null };
  if (typeof cursor === 'string' || typeof cursor === 'number')
    return { rows: rows as JsonRow[], next: String(cursor) };
  throw new UserError(
    'SOURCE_ANSWER_INVALID',
    `${where} answers with ${kindOf(cursor)} in "${next}", the field of the next page's cursor: send text, a number, ` +
      'or null on the last page.',
  );
}

const isObject = (value: unknown): value is JsonRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** at({ meta: { next: 3 } }, 'meta.next') // => 3 */
const at = (answer: unknown, field: string): unknown =>
  field.split('.').reduce<unknown>((inner, name) => (isObject(inner) ? own(inner, name) : undefined), answer);

const edgesOf = (rows: JsonRow[]): string => JSON.stringify([rows.length, rows[0], rows.at(-1)]);

const endless = (where: string, what: string): UserError =>
  new UserError(
    'SOURCE_ANSWER_INVALID',
    `${where} ${what}, so its pages would never end. The next page's cursor must come from the page before, and be ` +
      'null on the last.',
  );
