import { LEVEL } from '../../core/metrics/difference.ts';
import { metricInWords, metricTitle } from '../../core/metrics/index.ts';
import { type Slice } from '../../core/training/slices/slices.ts';
import { count, counted, decimal, percent, probability, signed } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { worstInWords } from '../../pages/slices.ts';
import { table, type TableColumn } from '../../pages/table.ts';
import { type ModelCard } from './model-card.ts';

/** The winner on slices of the holdout: the worst of them first. Versions of earlier releases have none. */
export function slicesSection({ version, pipeline }: ModelCard): Html {
  const { slices } = version.evaluation;
  if (!slices) return nothing;
  const { metric } = pipeline.gates;
  const { by, list, looked, small, stride, tooSmall = [] } = slices;
  const rest = looked - list.length;
  const some = stride === 1 ? '' : ` One row in ${count(stride)} was looked at.`;
  const positives: TableColumn<Slice>[] = [
    { head: 'Positives', number: true, cell: (slice) => count(slice.positives) },
  ];
  const toChampion: TableColumn<Slice>[] = [
    {
      head: 'To the champion',
      hint: `${metricInWords(metric)}, more is better`,
      number: true,
      cell: ({ toChampion: to }) =>
        to
          ? html`${signed(to.estimate, 4)}<br /><small>${signed(to.low, 4)} to ${signed(to.high, 4)}</small>`
          : '\u2013',
    },
    { head: 'p, worse', number: true, cell: ({ toChampion: to }) => (to ? probability(to.chance) : '\u2013') },
  ];
  return html`<section>
    <h2>Slices</h2>
    <p class="note">${worstInWords(slices)}</p>
    ${
      list.length === 0
        ? nothing
        : table(
            `The holdout's rows by one column at a time. Intervals are of ${percent(LEVEL, 0)}, each by itself; p allows for all slices looked at (Holm).${rest > 0 ? ` ${counted(rest, 'less telling slice')} and` : ' Not shown:'} ${counted(small, 'slice')} too small to tell${rest > 0 ? ' are not shown' : ''}.${some}`,
            [
              {
                head: 'Slice',
                words: true,
                cell: ({ column, name, declared }) =>
                  declared
                    ? html`${name}<br /><small>declared, by ${column}</small>`
                    : html`${column}<br /><small>${name}</small>`,
              },
              { head: 'Rows', number: true, cell: (slice) => count(slice.rows) },
              ...(pipeline.label.kind === 'binary' ? positives : []),
              {
                head: metricTitle(metric),
                number: true,
                cell: ({ value, low, high }) =>
                  html`${decimal(value, 4)}<br /><small>${decimal(low, 4)} to ${decimal(high, 4)}</small>`,
              },
              {
                head: 'To all rows',
                hint: `${metricInWords(by)}, more is better`,
                number: true,
                cell: ({ toAll }) => signed(toAll.estimate, 4),
              },
              { head: 'p, worse', number: true, cell: ({ toAll }) => probability(toAll.chance) },
              ...(version.evaluation.champion ? toChampion : []),
            ],
            list,
          )
    }
    ${
      tooSmall.length === 0
        ? nothing
        : html`<ul>
            ${tooSmall.map(({ name, rows, positives }) => html`<li>"${name}": too few rows to say (${counted(rows, 'row')}${pipeline.label.kind === 'binary' ? html`, ${counted(positives, 'positive')}` : nothing}).</li>`)}
          </ul>`
    }
  </section>`;
}
