import { type Since } from '../../core/drift/explaining/change-point.ts';
import { type ColumnDrift } from '../../core/drift/verdict.ts';
import { decimal, moment, percent, probability, signed } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { type TableColumn } from '../../pages/table.ts';

/** sinceInWords(since) // => '2026-03-03 14:00 UTC' */
export const sinceInWords = ({ at, to }: Since): string => (at === null ? `before ${moment(to)}` : moment(at));

/** How much a column matters and since when, in sentences; empty where that is not known. */
export function explanation({ explained }: ColumnDrift): string {
  if (!explained) return '';
  const { found, score, since } = explained;
  if (!found) return 'It may have moved by chance.';
  return [
    score && score.share >= 0.005
      ? `${percent(score.share, 0)} of what moved columns do to the score${score.shift === null ? '' : ` (it alone moves the mean score by ${signed(score.shift, 4)})`}.`
      : '',
    since === null
      ? ''
      : since.at === null || since.from === null
        ? `It moved ${sinceInWords(since)}.`
        : `Since ${sinceInWords(since)}${since.from === since.to ? '' : `, between ${moment(since.from)} and ${moment(since.to)}`}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** The column that matters most, in a sentence for the top of the report. */
export function culpritInWords(columns: readonly ColumnDrift[]): string {
  const most = columns.find(({ explained }) => explained?.found && (explained.score?.share ?? 0) > 0);
  if (!most?.explained?.score) return '';
  const { score, since } = most.explained;
  return `${most.column} matters most: alone it makes ${percent(score.share, 0)} of what moved columns do to the score${
    since === null ? '' : since.at === null ? `, ${sinceInWords(since)} already` : `, since ${sinceInWords(since)}`
  }. `;
}

/** What the table of all columns tells besides distances. */
export const explainedColumns: TableColumn<ColumnDrift>[] = [
  {
    head: 'Score',
    number: true,
    hint: 'share of what columns do to it',
    cell: ({ explained }) =>
      explained?.score
        ? html`${percent(explained.score.share, 0)}${explained.score.shift === null ? null : html`<small>${signed(explained.score.shift, 4)}</small>`}`
        : '\u2013',
  },
  { head: 'Since', cell: sinceCell },
  {
    head: 'q',
    number: true,
    hint: 'moved by chance',
    cell: ({ explained }) =>
      explained
        ? html`${probability(explained.q)}${explained.designEffect < 1.05 ? null : html`<small>${decimal(explained.designEffect, 1)} rows are one</small>`}`
        : '\u2013',
  },
];

function sinceCell({ explained }: ColumnDrift): string | Html {
  const since = explained?.since;
  if (!since) return '\u2013';
  const hour = (time: string): string => `${time.slice(5, 10)} ${time.slice(11, 16)}`;
  if (since.at === null || since.from === null) return `before ${hour(since.to)}`;
  return html`${hour(since.at)}${since.from === since.to ? null : html`<small>${hour(since.from)} to ${hour(since.to)}</small>`}`;
}
