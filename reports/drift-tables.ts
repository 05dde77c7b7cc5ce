import { type ColumnDrift } from '../core/drift/verdict.ts';
import { versionName } from '../core/base/ids.ts';
import { DAY, milliseconds } from '../core/time/time.ts';
import { type RedactedPipeline, type RedactedVerdict } from '../core/declaration/redaction.ts';
import { reach, standing } from './drift-columns.ts';
import { change, counted, decimal, percent, probability, quantity } from './format.ts';
import { html, nothing, type Html } from './html.ts';
import { metricColumns } from './metric-columns.ts';
import { table, type TableColumn } from './page.ts';

/** Every column with all its distances, in the order given. */
export function distanceTable(columns: readonly ColumnDrift[], { drift }: RedactedPipeline): Html {
  const distance = (value: number, samplingError: number | null, threshold: number | null): Html => {
    const over = threshold !== null && reach(value, samplingError ?? 0, threshold) > 1;
    const shown = over ? html`<span class="over">${decimal(value)} ▲</span>` : html`${decimal(value)}`;
    return html`${shown}${samplingError === null ? null : html`<small>± ${decimal(samplingError)}</small>`}`;
  };
  const heads: TableColumn<ColumnDrift>[] = [
    { head: 'Column', align: 'text', wrap: true, cell: (c) => html`${c.column}<br /><small>${standing(c)}</small>` },
    {
      head: 'PSI',
      hint: `threshold ${decimal(drift.psi)}`,
      cell: (c) => distance(c.psi, c.samplingError.psi, drift.psi),
    },
    {
      head: 'KS',
      hint: `threshold ${decimal(drift.ks)}`,
      cell: (c) => (c.ks === null ? '\u2013' : distance(c.ks, c.samplingError.ks, drift.ks)),
    },
    { head: 'Jensen-Shannon', hint: 'distance', cell: (c) => decimal(c.jensenShannon) },
    {
      head: 'p-value',
      hint: 'chi-squared / KS',
      cell: (c) =>
        html`${probability(c.chiSquaredP)}${c.ksP === null ? null : html`<small>${probability(c.ksP)}</small>`}`,
    },
    {
      head: 'Nulls',
      hint: 'before \u2192 now',
      cell: ({ nullShare }) => change(percent(nullShare.reference), percent(nullShare.current)),
    },
    {
      head: 'Mean',
      hint: 'before \u2192 now',
      cell: ({ mean }) => (mean === null ? '\u2013' : change(quantity(mean.reference), quantity(mean.current))),
    },
    { head: 'Weight', cell: (c) => (c.votes ? quantity(c.weight) : 'none') },
  ];
  return html`<section>
    <h2>All distances</h2>
    ${table(
      'Furthest past its threshold first. \u00b1 is what sampling alone reaches in 95 of 100 checks; it is taken off before the threshold is asked.',
      heads,
      columns,
    )}
  </section>`;
}

/** What matured labels say of the predictions, when there are any. */
export function performanceTable({ performance }: RedactedVerdict, pipeline: RedactedPipeline): Html {
  if (performance.length === 0) return nothing;
  return html`<section>
    <h2>Performance where labels have matured</h2>
    ${table(
      `Predictions served ${pipeline.label.maturesAfter} before this check, with the labels known by now.`,
      [
        { head: 'Version', align: 'text', cell: ({ version }) => versionName(version) },
        ...metricColumns<RedactedVerdict['performance'][number]>(({ metrics }) => metrics, pipeline.gates.metric),
      ],
      performance,
    )}
  </section>`;
}

/** What the words and thresholds of the page mean. */
export const howToRead = ({ drift, name }: RedactedPipeline): Html =>
  html`<section class="prose">
    <h2>How to read this</h2>
    <ul>
      <li>
        <b>PSI</b>, the population stability index, adds up how far the shares of about ten groups moved. 0 is unmoved;
        by custom 0.1 is slight and 0.25 large. ${name} draws the line at ${decimal(drift.psi)}.
      </li>
      <li>
        <b>KS</b> is the largest gap between the two cumulative distributions: at 0.1, a tenth of the rows would have to
        change to make them equal. The line is at ${decimal(drift.ks)}.
      </li>
      <li>
        A column <b>drifts</b> when either distance, less its sampling error, passes its line. P-values inform and
        decide nothing: with many rows they find differences too small to matter. Jensen-Shannon is a second opinion
        between 0 and 1.
      </li>
      <li>
        The data set is <b>drifting</b> when ${percent(drift.warn, 0)} of the voting columns, by weight, have drifted,
        and <b>severe</b> from ${percent(drift.severe, 0)}. Columns derived from time and the score have no vote.
      </li>
      <li>
        The window is the trailing ${drift.window}, ${rhythm(drift)}. With fewer than ${counted(drift.minRows, 'row')}
        the check abstains.
      </li>
    </ul>
  </section>`;

const rhythm = (drift: RedactedPipeline['drift']): string =>
  drift.sameHours && milliseconds(drift.window) < DAY
    ? 'and it is held against the same hours of the day in the reference'
    : 'so the rhythm of a day is inside it';
