import { shortened } from '../core/base/shortened.ts';
import { type ShownRow } from '../core/drift/explaining/shown-rows.ts';
import { type ColumnDrift } from '../core/drift/verdict.ts';
import { id as idOf } from './elements.ts';
import { moment, quantity } from './format.ts';
import { html, type Html } from './html.ts';
import { table, type TableColumn } from './table.ts';

const LONGEST = 40;

type Line = ShownRow & { column: string };

/** Rows that show how columns moved, folded: the value, when, and whose; null where none is known. @param urlOf of a prediction */
export function rowsThatShow(columns: readonly ColumnDrift[], urlOf?: (id: string) => string): Html | null {
  const lines = columns.flatMap(({ column, explained }): Line[] => (explained?.rows ?? []).map((row) => ({ column, ...row }))); // prettier-ignore
  if (lines.length === 0) return null;
  const cells: (TableColumn<Line> & { isKnown?: (line: Line) => boolean })[] = [
    { head: 'Column', cell: ({ column }) => column, isKnown: () => columns.length > 1 },
    { head: 'Value', cell: ({ value }) => said(value), isKnown: ({ value }) => value !== undefined },
    { head: 'Time', cell: ({ time }) => moment(time) },
    {
      head: 'Row',
      cell: ({ id, key }) => (key === undefined || (urlOf === undefined && key === id) ? '' : shortened(key, LONGEST)),
      isKnown: ({ id, key }) => key !== undefined && key !== id,
    },
    { head: 'Of', cell: ({ entity }) => shortened(entity ?? '', LONGEST), isKnown: ({ entity }) => entity != null }, // prettier-ignore
    {
      head: 'Request',
      cell: ({ id }) => (id == null ? '' : urlOf ? html`<a href="${urlOf(id)}">request</a>` : idOf(id)),
      isKnown: ({ id }) => id != null,
    },
  ];
  const known = cells.filter(({ isKnown }) => isKnown === undefined || lines.some(isKnown));
  return html`<details class="rows">
    <summary>Rows that show it</summary>
    ${table('Some of the newest rows that show it', known, lines)}
  </details>`;
}

const said = (value: Line['value']): string =>
  value === undefined
    ? ''
    : value === null
      ? 'null'
      : typeof value === 'number'
        ? quantity(value)
        : shortened(String(value), LONGEST);
