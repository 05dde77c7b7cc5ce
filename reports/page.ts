import { type Instant } from '../core/time/time.ts';
import { moment } from './format.ts';
import { html, nothing, trusted, type Html } from './html.ts';
import { styles } from './styles.ts';

/** What a report says at its head: a word with a sign, so that colour is never the only one. */
export interface Badge {
  tone: 'good' | 'warn' | 'bad' | 'plain';
  text: string;
}

const signs = { good: '\u2713', warn: '\u25b2', bad: '\u25a0', plain: '\u25cb' };

export const badge = ({ tone, text }: Badge): Html => html`<span class="badge ${tone}">${signs[tone]} ${text}</span>`;

export interface Fact {
  name: string;
  value: string | Html;
  detail?: string;
}

/** Names and values at the head of a report. */
export const facts = (all: readonly Fact[]): Html =>
  html`<dl class="facts">
    ${all.map(
      ({ name, value, detail }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}${detail === undefined ? null : html`<small>${detail}</small>`}</dd>
        </div>`,
    )}
  </dl>`;

/** From one moment to another, broken between the two if it must be. */
export const period = (from: Instant, to: Instant): Html =>
  html`<span class="unbroken">${moment(from).replace(' UTC', '')}</span> to
    <span class="unbroken">${moment(to)}</span>`;

/** Ids are for copying into a command: in one typeface, wrapped where they must. */
export const id = (text: string): Html => html`<span class="id">${text}</span>`;

export interface Page {
  title: string;
  /** The kind of report and the pipeline. */
  kicker: string;
  badge: Badge;
  heading: string;
  lead: string;
  facts: readonly Fact[];
  /** What comes between the lead and the facts. */
  figure?: Html;
  body: readonly Html[];
  footer: string;
}

/** A whole HTML document that needs nothing but itself: no script, no request, light and dark. */
export const page = (report: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${report.title}</title>
        <style>
          ${trusted(styles)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <p class="kicker">${report.kicker} ${badge(report.badge)}</p>
            <h1>${report.heading}</h1>
            <p class="lead">${report.lead}</p>
            ${report.figure ?? null} ${facts(report.facts)}
          </header>
          ${report.body}
        </main>
        <footer><p>${report.footer}</p></footer>
      </body>
    </html> `.markup;

export interface TableColumn<Item> {
  head: string;
  /** A second, quieter line of the head. */
  hint?: string;
  cell: (item: Item) => string | Html;
  align?: 'text' | 'number';
  wrap?: boolean;
}

const classed = (names: string): Html => (names === '' ? nothing : trusted(` class="${names}"`));

/** A table with a caption; each row is named by its first cell. */
export const table = <Item>(caption: string, columns: readonly TableColumn<Item>[], items: readonly Item[]): Html => {
  const classOf = ({ align, wrap }: TableColumn<Item>): string =>
    [align === 'text' ? 'text' : '', wrap ? 'wrap' : ''].filter(Boolean).join(' ');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        <span>${caption}</span>
      </caption>
      <thead>
        <tr>
          ${columns.map(
            (column) =>
              html`<th scope="col" ${classed(classOf(column))}>
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
                  ? html`<th scope="row" ${classed(classOf(column))}>${column.cell(item)}</th>`
                  : html`<td${classed(classOf(column))}>${column.cell(item)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
};
