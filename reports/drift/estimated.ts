import { type RedactedPipeline, type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { versionName } from '../../core/base/ids.ts';
import { betterOf, metricInWords, metricTitle, type MetricName } from '../../core/metrics/index.ts';
import { decidedTitle } from '../../core/performance/decided-title.ts';
import type { Decided } from '../../core/performance/estimate.ts';
import { type Value } from '../../core/performance/value.ts';
import { counted, decimal, quantity } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { likelyCell, period } from '../../pages/elements.ts';
import { estimatedSlicesTable } from '../../pages/estimated-slices.ts';
import { table } from '../../pages/table.ts';

/** What the window's metrics will be, before its labels come. */
export function estimatedSection({ estimated, version, window }: RedactedVerdict, pipeline: RedactedPipeline): Html {
  if (!estimated) return nothing;
  const { metric: gate } = pipeline.gates;
  const { metrics, decided = {}, value } = estimated;
  const known = Object.keys(metrics) as MetricName[];
  const names = [...known.filter((name) => name === gate), ...known.filter((name) => name !== gate)];
  const words =
    estimated.withheld === null
      ? 'What the metrics of this window will be once its labels come, nine times in ten within the range. This assumes no concept drift: that labels follow from the inputs as they did on the holdout.' +
        (known.includes(gate) || known.length === 0 ? '' : ` ${metricTitle(gate)} cannot be known without labels.`)
      : `No estimate: ${estimated.withheld}.`;
  const columns = names.map((name) => ({
    head: metricTitle(name),
    number: true,
    hint: [...(betterOf(name) ? [`${betterOf(name)} is better`] : []), ...(name === gate ? ['the gate'] : [])].join(
      ', ',
    ),
    cell: (of: typeof metrics) => likelyCell(of[name]!),
  }));
  const measures = (Object.keys(decided) as (keyof Decided)[]).map((name) => ({
    head: decidedTitle(name),
    number: true,
    cell: (of: Decided) => likelyCell(of[name]!),
  }));
  return html`<section>
    <h2>Performance estimated without labels</h2>
    <p class="note">${period(window.from, window.to)}, ${versionName(version)}. ${words}</p>
    ${names.length === 0 ? nothing : table(`Over ${counted(estimated.rows, 'row')}.`, columns, [metrics])}
    ${measures.length === 0 ? nothing : table('What is decided.', measures, [decided])}
    ${value ? html`<p>${expectedValue(value)}</p>` : nothing}
  </section>`;
}

/** The same by declared slice. */
export function estimatedSlicesSection(verdict: RedactedVerdict): Html {
  const slices = estimatedSlicesTable(verdict);
  return slices ? html`<section>${slices}</section>` : nothing;
}

/** How the estimates of earlier days did. */
export const foretoldSection = ({ foretold, version }: RedactedVerdict, { gates }: RedactedPipeline): Html =>
  foretold
    ? html`<section class="prose">
        <h2>How earlier estimates did</h2>
        <p>
          Of
          ${counted(foretold.days, 'earlier day')}${foretold.ofOthers ? `, none of them of ${versionName(version)},` : ''}
          whose labels have come, the range held the ${metricInWords(foretold.metric ?? gates.metric)} of
          ${foretold.held}; estimates were off by ${decimal(foretold.error, 4)} on average.
        </p>
      </section>`
    : nothing;

const expectedValue = ({ cost, saved }: Value): string =>
  `By the declared costs, wrong decisions will cost about ${quantity(cost)} a day: ${lessOrMore(saved)} than deciding all rows alike.`;

/** Of decisions whose labels have come. */
export const realisedValue = ({ cost, saved }: Value): string =>
  `By the declared costs, its wrong decisions cost ${quantity(cost)} a day: ${lessOrMore(saved)} than deciding all rows alike.`;

const lessOrMore = (saved: number): string => `${quantity(Math.abs(saved))} ${saved < 0 ? 'more' : 'less'}`;
