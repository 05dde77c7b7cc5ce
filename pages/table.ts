import { html, nothing, trusted, type Html } from './html.ts';

export interface TableColumn<Item> {
  head: string;
  /** A second, quieter line of the head. */
  hint?: string;
  cell: (item: Item) => string | number | Html;
  /** Numbers are aligned right. */
  number?: boolean;
  /** Sentences wrap. */
  words?: boolean;
}

const classOf = ({ number, words }: TableColumn<never>): Html => {
  if (number) return trusted(' class="number"');
  return words ? trusted(' class="words"') : nothing;
};

/** A table with a caption, each row named by its first cell; the text of `empty` if there is no row. */
export function table<Item>(
  caption: string,
  columns: readonly TableColumn<Item>[],
  items: readonly Item[],
  empty?: string,
): Html {
  if (items.length === 0 && empty !== undefined) return html`<p class="soft">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        <span>${caption}</span>
      </caption>
      <thead>
        <tr>
          ${columns.map(
            (column) =>
              html`<th scope="col" ${classOf(column)}>
                ${column.head}${column.hint === undefined ? null : html`<small>${column.hint}</small>`}
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${items.map(
          (item) =>
            html`<tr>
              ${columns.map((column, index) =>
                index === 0
                  ? html`<th scope="row" ${classOf(column)}>${column.cell(item)}</th>`
                  : html`<td${classOf(column)}>${column.cell(item)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
