import { type RedactedPipeline, type RedactedVerdict } from '../core/declaration/redaction.ts';
import { type Performance } from '../core/drift/verdict.ts';
import { versionName } from '../core/base/ids.ts';
import { type Concept, type Shift } from '../core/performance/decay.ts';
import { decayInWords } from '../core/performance/decay-words.ts';
import { counted, decimal, percent } from '../pages/format.ts';
import { html, nothing, type Html } from '../pages/html.ts';
import { period } from '../pages/elements.ts';
import { estimatedSection, realisedValue } from './drift-estimated.ts';
import { metricColumns } from '../pages/metric-columns.ts';
import { table, type TableColumn } from '../pages/table.ts';

/** How the champion does, estimated before labels come, and how predictions did by those that have. */
export const performanceSection = (verdict: RedactedVerdict, pipeline: RedactedPipeline): Html =>
  html`${estimatedSection(verdict, pipeline)}${labelledSection(verdict, pipeline)}`;

/** How predictions did by the labels that have come, by version and slice; nothing where none have. */
function labelledSection({ performance, labelled, concept }: RedactedVerdict, pipeline: RedactedPipeline): Html {
  if (performance.length === 0) return nothing;
  const slices = performance.flatMap(({ version, slices = [] }) => slices.map((slice) => ({ version, ...slice })));
  return html`<section>
    <h2>Performance where labels have matured</h2>
    ${labelled ? html`<p class="note">${period(labelled.from, labelled.to)}</p>` : nothing}
    ${table(
      `Predictions for rows of ${pipeline.label.maturesAfter} before this check and earlier, with the labels known by now: as many days as it takes to tell.`,
      [
        { head: 'Version', cell: ({ version }) => versionName(version) },
        ...metricColumns<Performance>(({ metrics }) => metrics, pipeline),
        {
          head: 'Labelled',
          number: true,
          cell: ({ metrics, answered }) =>
            answered === undefined || answered === 0 ? '\u2013' : percent(metrics.rows / answered, 0),
        },
      ],
      performance,
    )}
    ${slices.length === 0 ? nothing : table('The same by declared slice.', [{ head: 'Slice', words: true, cell: (slice) => html`${slice.name}<br /><small>${versionName(slice.version)}</small>` }, ...metricColumns<(typeof slices)[number]>(({ metrics }) => metrics, pipeline)], slices)}
    ${performance.map(({ version, value }) =>
      value ? html`<p>${versionName(version)}: ${realisedValue(value)}</p>` : nothing,
    )}
    ${concept ? conceptTable(concept) : nothing}
  </section>`;
}

const losses: Record<Concept['kind'], string> = {
  binary: 'Log loss beyond what the scores promise',
  class: 'Log loss beyond what the scores promise',
  number: 'Absolute error beyond what such estimates have',
};
const biases: Record<Concept['kind'], string> = {
  binary: 'Labels less scores',
  class: 'Right answers less their probabilities',
  number: 'Labels less estimates',
};

/** The comparison with the holdout, at the same inputs. */
function conceptTable(concept: Concept): Html {
  const { kind, excess, bias, days, rows, decayed } = concept;
  const lines: { name: string; shift: Shift; isPast: boolean }[] = [
    { name: losses[kind], shift: excess, isPast: excess.low > excess.bearable },
    { name: biases[kind], shift: bias, isPast: bias.low > bias.bearable || bias.high < -bias.bearable },
  ];
  const columns: TableColumn<(typeof lines)[number]>[] = [
    { head: 'At the same inputs', words: true, cell: ({ name }) => name },
    { head: 'Now', number: true, cell: ({ shift }) => decimal(shift.live, 4) },
    { head: 'Holdout', number: true, cell: ({ shift }) => decimal(shift.holdout, 4) },
    {
      head: 'Shift',
      number: true,
      cell: ({ shift, isPast }) =>
        html`${isPast ? html`<span class="over">${decimal(shift.estimate, 4)} ▲</span>` : decimal(shift.estimate, 4)}<br /><small
            >${decimal(shift.low, 4)} to ${decimal(shift.high, 4)}</small
          >`,
    },
    { head: 'Bearable', number: true, cell: ({ shift }) => decimal(shift.bearable, 4) },
  ];
  return html`<p>
      ${decayed ? html`<b>The performance fell:</b> ${decayInWords(concept)}.` : `The performance holds: ${counted(rows, 'labelled row')} of ${counted(days, 'day')} show no fall beyond what is bearable.`}
    </p>
    ${table(
      'Against the version\u2019s own holdout. The interval holds at every day together: at most one false alarm a year. Inputs that moved alone change neither line.',
      columns,
      lines,
    )}`;
}
