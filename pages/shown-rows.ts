import { shortened } from '../core/base/shortened.ts';
import { type ColumnDrift } from '../core/drift/verdict.ts';
import { moment, quantity } from './format.ts';
import { html, type Html } from './html.ts';

const LONGEST = 40;

/** Rows that show how a column moved: whose, when, and the value; null where none is known. @param urlOf of a prediction */
export function rowsThatShow({ explained }: ColumnDrift, urlOf?: (id: string) => string): Html | null {
  const rows = (explained?.rows ?? []).map(({ id, key, entity, time, value }) => {
    const request = id == null ? '' : `request ${id}`;
    const which = [
      key !== undefined && key !== id ? `row ${shortened(key, LONGEST)}` : '',
      urlOf && id != null ? html`<a href="${urlOf(id)}">${request}</a>` : request,
      entity != null ? `of ${shortened(entity, LONGEST)}` : '',
      moment(time),
    ];
    const said =
      value === null ? 'null' : typeof value === 'number' ? quantity(value) : shortened(String(value), LONGEST);
    const told = joined(which.filter((part) => part !== ''), ' '); // prettier-ignore
    return html`${told}${value === undefined ? '' : `: ${said}`}`;
  });
  return rows.length === 0 ? null : html`Rows that show it: ${joined(rows, '; ')}.`;
}

const joined = ([first, ...rest]: readonly (string | Html)[], by: string): Html =>
  rest.reduce<Html>((text, part) => html`${text}${by}${part}`, html`${first ?? ''}`);
