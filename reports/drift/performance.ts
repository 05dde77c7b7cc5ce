import { type RedactedPipeline, type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { type Performance } from '../../core/drift/verdict.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Concept, type Shift } from '../../core/performance/decay.ts';
import { fallOf, holds, unsureInWords } from '../../core/performance/decay-words.ts';
import { metricTitle } from '../../core/metrics/index.ts';
import { type PerformanceByDay } from '../../core/performance/by-day.ts';
import { counted, day as dayOf, decimal, percent } from '../../pages/format.ts';
import { html, nothing, trusted, type Html } from '../../pages/html.ts';
import { period } from '../../pages/elements.ts';
import { estimatedSection, estimatedSlicesSection, foretoldSection, realisedValue } from './estimated.ts';
import { metricColumns } from '../../pages/metric-columns.ts';
import { digitsOf, scale } from '../../pages/scale.ts';
import { table, type TableColumn } from '../../pages/table.ts';

/** How the champion does, estimated before labels come, and how predictions did by those that have. */
export const performanceSection = (
  verdict: RedactedVerdict,
  pipeline: RedactedPipeline,
  byDay?: PerformanceByDay,
): Html =>
  html`${estimatedSection(verdict, pipeline)}${estimatedSlicesSection(verdict)}${foretoldSection(verdict, pipeline)}${byDay ? daysSection(byDay) : nothing}${labelledSection(verdict, pipeline)}`;

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [680, 190, 52, 12, 20] as const;

/** Day by day what labels said, and what was said before they came. */
function daysSection({ metric, days, withheld = [] }: PerformanceByDay): Html {
  if (days.length < 2) return nothing;
  const ranges = days.flatMap(({ labels, estimate }) => [labels && (labels.range ?? { low: labels.value, high: labels.value }), estimate]); // prettier-ignore
  const known = ranges.filter((range) => range !== null);
  const { low, high, ticks } = scale(known.flatMap((range) => [range.low, range.high]));
  const [first, last] = [Date.parse(days[0]!.day), Date.parse(days.at(-1)!.day)];
  const x = (day: string): number => Math.round(LEFT + 10 + ((WIDTH - LEFT - 24) * (Date.parse(day) - first)) / (last - first)); // prettier-ignore
  const y = (value: number): number => Math.round(TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low || 1));
  const band = days.map(({ day, estimate }) => (estimate ? `M${x(day) - 5} ${y(estimate.high)}h10V${y(estimate.low)}h-10z` : '')).join(''); // prettier-ignore
  const said = days.map(({ day, estimate }) => (estimate ? `M${x(day) - 5} ${y(estimate.value)}h10` : '')).join('');
  const errors = days.map(({ day, labels }) => (labels?.range ? `M${x(day)} ${y(labels.range.low)}V${y(labels.range.high)}` : '')).join(''); // prettier-ignore
  const dots = days.map(({ day, labels }) => (labels ? `M${x(day) - 2} ${y(labels.value) - 2}h4v4h-4z` : '')).join('');
  const of = (what: 'labels' | 'estimate'): number => days.filter((day) => day[what] !== null).length;
  const title = metricTitle(metric);
  const words = `${title} by day from ${dayOf(days[0]!.day)} to ${dayOf(days.at(-1)!.day)}: ${of('labels')} days with labels, ${of('estimate')} estimated.`;
  return html`<section>
    <h2>${title} by day</h2>
    <p class="note">
      A pale bar is what was estimated before labels came, a square what they said; each with the range that holds nine
      in ten. A day has its labels ${of('labels') === 0 ? 'once they have matured' : 'when enough of them have come'}.
    </p>
    <div class="chart scroll" role="img" aria-label="${words}" tabindex="0">
      ${trusted(
        `<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">` +
          `<path d="${ticks.map((tick) => `M${LEFT} ${y(tick)}H${WIDTH}`).join('')}" stroke="var(--line)"/>` +
          `<path d="${band}" fill="var(--reference)"/><path d="${said}" stroke="var(--soft)" stroke-width="2"/>` +
          `<path d="${errors}" stroke="var(--current)"/><path d="${dots}" fill="var(--current)"/>`,
      )}
      ${ticks.map((tick) => html`<text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${decimal(tick, digitsOf(high - low))}</text>`)}
      <text x="${LEFT}" y="${HEIGHT - 3}">${dayOf(days[0]!.day)}</text>
      <text x="${WIDTH - 2}" y="${HEIGHT - 3}" text-anchor="end">${dayOf(days.at(-1)!.day)}</text>
      ${trusted('</svg>')}
    </div>
    ${withheld.length === 0 ? nothing : html`<p class="note">${withheldInWords(withheld)}</p>`}
  </section>`;
}

const MOST_WITHHELD = 3;

/** The newest first. */
function withheldInWords(withheld: NonNullable<PerformanceByDay['withheld']>): string {
  const newest = withheld.toReversed().slice(0, MOST_WITHHELD);
  const more = withheld.length - newest.length;
  return `Not estimated: ${newest.map(({ day, why }) => `${dayOf(day)}, ${why}`).join('; ')}${more > 0 ? `; and ${more} earlier` : ''}.`;
}

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
    ${performance.filter(({ value }) => value).length > 1 ? html`<p class="note">Each as if it had answered all rows of the day.</p>` : nothing}
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
  const { kind, excess, bias, days, rows, firstDays = 0 } = concept;
  const fall = fallOf(concept);
  const lines: { name: string; shift: Shift; isPast: boolean }[] = [
    { name: losses[kind], shift: excess, isPast: excess.low > excess.bearable },
    { name: biases[kind], shift: bias, isPast: bias.low > bias.bearable || bias.high < -bias.bearable },
  ];
  const columns: TableColumn<(typeof lines)[number]>[] = [
    { head: 'At the same inputs', words: true, cell: ({ name }) => name },
    { head: 'Now', number: true, cell: ({ shift }) => decimal(shift.live, 4) },
    { head: firstDays === 0 ? 'Holdout' : 'Before', number: true, cell: ({ shift }) => decimal(shift.holdout, 4) },
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
      ${
        fall
          ? html`<b>${fall.what[0]!.toUpperCase()}${fall.what.slice(1)}:</b> ${fall.words}.`
          : holds(concept)
            ? `The performance holds: ${counted(rows, 'labelled row')} of ${counted(days, 'day')} show no fall beyond what is bearable.`
            : html`<b>Labels cannot tell yet:</b> ${unsureInWords(concept)}.`
      }
    </p>
    ${table(
      `Against the version\u2019s own holdout${firstDays === 0 ? '' : ` and its first ${counted(firstDays, 'labelled day')}`}. The interval holds at every day together: at most one false alarm a year. Inputs that moved alone change neither line.`,
      columns,
      lines,
    )}`;
}
