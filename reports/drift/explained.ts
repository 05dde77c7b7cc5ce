import { betweenInWords, sinceInWords } from '../../core/drift/explaining/since-words.ts';
import { type Standing } from '../../core/drift/standing.ts';
import { type ColumnDrift } from '../../core/drift/verdict.ts';
import { moment, percent, probability, signed } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { type TableColumn } from '../../pages/table.ts';

/** How much a column matters and since when, in sentences; empty where that is not known. */
export function explanation({ explained }: ColumnDrift, standing: Standing): string {
  if (!explained) return '';
  const { found, score, since } = explained;
  if (!found) return standing === 'unusual' ? '' : 'It may have moved by chance.';
  return [
    score && score.share >= 0.005
      ? `${percent(score.share, 0)} of what moved columns do to the score${score.shift === null ? '' : ` (it alone moves the mean score by ${signed(score.shift, 4)})`}.`
      : '',
    since === null ? '' : `S${sinceInWords(since, moment).slice(1)}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** The column that matters most, in a sentence for the top of the report. */
export function culpritInWords(columns: readonly ColumnDrift[]): string {
  const most = columns.find(({ explained }) => explained?.found && (explained.score?.share ?? 0) > 0);
  if (!most?.explained?.score) return '';
  return `${most.column} matters most: alone it makes ${percent(most.explained.score.share, 0)} of what moved columns do to the score.`;
}

/** What the table of all columns tells besides distances. */
export const explainedColumns: TableColumn<ColumnDrift>[] = [
  {
    head: 'Score',
    number: true,
    hint: 'share',
    cell: ({ explained }) =>
      explained?.score
        ? html`${percent(explained.score.share, 0)}${explained.score.shift === null ? null : html`<small>${signed(explained.score.shift, 4)}</small>`}`
        : '\u2013',
  },
  { head: 'Since', cell: sinceCell },
  {
    head: 'q',
    number: true,
    hint: 'by chance',
    cell: ({ explained }) => (explained ? probability(explained.q) : '\u2013'),
  },
];

function sinceCell({ explained }: ColumnDrift): string | Html {
  const since = explained?.since;
  if (!since) return '\u2013';
  const { at, from, to } = since;
  const hour = (time: string): string => `${time.slice(5, 10)} ${time.slice(11, 16)}`;
  if (at === null || from === null) return `before ${hour(to)}`;
  return html`${hour(at)}${from === to ? null : html`<small>${betweenInWords({ at, from, to })}</small>`}`;
}
