import { metricKinds, metricTitle, type MetricName } from '../../core/metrics/index.ts';
import { countingNames, distanceKinds } from '../../core/drift/distances/index.ts';
import { rateInWords } from '../../core/drift/alarm/rate.ts';
import { columnTitle } from '../../core/drift/alarm/words.ts';
import { headline, sinceOfUnusual, unusualColumns } from '../../core/drift/standing.ts';
import { referenceInWords } from '../../core/drift/reference/choose.ts';
import { rateOf } from '../../core/drift/judging.ts';
import { type Concept } from '../../core/performance/decay.ts';
import { estimatedMetric } from '../../core/performance/estimate.ts';
import { valueInWords } from '../../core/performance/value-words.ts';
import { fallOf, holds, looksFallen, unsureInWords } from '../../core/performance/decay-words.ts';
import { findingsOf } from '../../core/drift/findings/index.ts';
import { ago } from '../../core/time/ago.ts';
import { DAY, instant } from '../../core/time/time.ts';
import { columnsBehind, type Verdict } from '../../core/drift/verdict.ts';
import { type CheckInShort } from '../../core/runs/crowd.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { type PipelineGlance, type PipelineOverview } from '../../operations/index.ts';
import { driftHeatmap, heatWords } from '../charts/drift-heatmap.ts';
import { count, decimal, moment, percent } from '../../pages/format.ts';
import { estimatedSlicesTable } from '../../pages/estimated-slices.ts';
import { html, type Html } from '../../pages/html.ts';
import { metricChart, sparkline } from '../charts/metric-chart.ts';
import { type Section } from '../layout.ts';
import { predictionUrl, reportUrl, time, verdictBadge } from '../elements.ts';
import { rowsThatShow } from '../../pages/shown-rows.ts';
import { badge } from '../../pages/elements.ts';

const SHOWN_CHECKS = 48;

/** The metric of the version that served at each check, from labels, in time order. */
function measured(
  verdicts: readonly CheckInShort[],
  metric: MetricName,
): { at: string; value: number; version: number }[] {
  return [...verdicts].reverse().flatMap(({ asOf, performance }) => {
    // A version with few answers shows little: the one with the most rows represents the check.
    const [most] = [...performance].sort((a, b) => b.metrics.rows - a.metrics.rows);
    const value = most?.metrics[metric];
    return most && value != null ? [{ at: asOf, value, version: most.version }] : [];
  });
}

/** The same on the last day of the rows, not at the check, of each day what the newest check knew. */
function measuredByDay(verdicts: readonly Verdict[], metric: MetricName): ReturnType<typeof measured> {
  const days = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const { labelled, asOf, performance } = verdict;
    // Earlier releases did not tell the days.
    const at = labelled ? instant(Date.parse(labelled.to) - DAY) : asOf;
    if (performance.length > 0 && !days.has(at)) days.set(at, { ...verdict, asOf: at });
  }
  return measured([...days.values()], metric).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

export function metricSparkline({ checks, metric }: Pick<PipelineGlance, 'checks' | 'metric'>): Html {
  if (metric === null) return html``;
  const values = measured(checks, metric).map(({ value }) => value);
  return sparkline(values, `${metricKinds[metric].title} over the last ${values.length} checks`);
}

const UNREADABLE =
  'This release cannot read the declaration. If a newer release stored it, update this process; otherwise apply it again with: perennial apply';

/** The gate's metric over time: on the holdout when a version was trained, and with labels while it served. */
export function qualitySection(overview: PipelineOverview): Section {
  const { declaration, versions, verdicts, cycles } = overview;
  if (!declaration) return { id: 'quality', heading: 'Quality', content: html`<p class="soft">${UNREADABLE}</p>` };
  const { metric } = declaration.gates;
  const live = measuredByDay(verdicts, metric);
  const promotions = cycles.flatMap(({ outcome }) =>
    outcome?.result === 'promoted' && outcome.version !== null
      ? [{ at: outcome.endedAt, version: outcome.version }]
      : [],
  );
  const holdouts = promotions.flatMap(({ at, version }) => {
    const value = versions.find((each) => each.version === version)?.evaluation.challenger[metric];
    return value == null ? [] : [{ at, value, version }];
  });
  // Before labels mature only the holdout is known.
  const isLive = live.length > 0;
  const points = isLive ? live : [...holdouts].reverse();
  const from = points[0]?.at;
  const source = isLive
    ? `On served predictions, by their last day whose labels have come (${declaration.label.maturesAfter} later). Dashed: on the holdout.`
    : 'On the holdout of each promoted version; no prediction has a mature label yet.';
  const [last] = verdicts;
  const chart =
    from === undefined
      ? null
      : metricChart({
          metric: metricKinds[metric].title,
          points,
          promotions: promotions.filter(({ at }) => !isLive || at >= from),
          promised: isLive ? promisedBy(points, versions, metric) : [],
        });
  const content = html`<p class="soft">${chart ? source : 'No promotion is listed, and no label has come.'}</p>
    ${conceptWords(last?.concept)} ${estimateWords(last, metric)} ${chart} ${last ? estimatedSlicesTable(last) : null}
    ${costOverTime(verdicts, promotions)}`;
  return { id: 'quality', heading: `Quality: ${metricKinds[metric].title}`, content };
}

/** What the versions of these points had on their holdouts. */
const promisedBy = (
  points: readonly { version: number }[],
  versions: PipelineOverview['versions'],
  metric: MetricName,
): { version: number; value: number }[] =>
  versions.flatMap(({ version, evaluation }) => {
    const value = evaluation.challenger[metric];
    return value != null && points.some((point) => point.version === version) ? [{ version, value }] : [];
  });

/** By the declared costs; nothing where none are declared. */
function costOverTime(
  verdicts: readonly Verdict[],
  promotions: readonly { at: string; version: number }[],
): Html | null {
  const points = [...verdicts].reverse().flatMap(({ asOf, version, performance }) => {
    const value = performance.find((each) => each.version === version)?.value;
    return value ? [{ at: asOf, value: value.cost, version, told: value }] : [];
  });
  const [last, likely] = [points.at(-1), verdicts[0]?.estimated?.value];
  if (!last && !likely) return null;
  const from = points[0]?.at ?? '';
  return html`<p>
      ${last ? `By labels, ${valueInWords(last.told)}. ` : ''}${likely ? `Estimated for the last window, ${valueInWords(likely)}; assumes no concept drift.` : ''}
    </p>
    ${
      points.length > 1
        ? metricChart({
            metric: 'cost of wrong decisions a day',
            points,
            promotions: promotions.filter(({ at }) => at >= from),
          })
        : null
    }`;
}

/** What the last window's metric will be, before its labels come. */
function estimateWords(last: Pick<Verdict, 'estimated'> | undefined, metric: MetricName): Html | null {
  const { withheld = null, metrics } = last?.estimated ?? {};
  const told = estimatedMetric([metrics ?? {}], metric);
  const likely = told && metrics?.[told];
  if (withheld !== null) return html`<p class="soft">Not estimated for the last window: ${withheld}.</p>`;
  return likely
    ? html`<p>
        Estimated for the last window, without its labels:
        ${told === metric ? '' : `${metricKinds[told].title} `}${decimal(likely.value, 4)} (${decimal(likely.low, 4)} to
        ${decimal(likely.high, 4)}; assumes no concept
        drift).${told === metric ? '' : ` ${metricTitle(metric)} cannot be known without them.`}
      </p>`
    : null;
}

/** Whether labels show that the champion does worse than it promised. */
function conceptWords(concept: Concept | undefined): Html | null {
  if (concept === undefined) return null;
  const fall = fallOf(concept);
  if (fall) return html`<p>${badge({ tone: 'bad', text: fall.what.replace(/^the /, '') })} ${fall.words}.</p>`;
  if (looksFallen(concept))
    return html`<p>${badge({ tone: 'warn', text: 'cannot tell yet' })} ${unsureInWords(concept)}.</p>`;
  return !holds(concept)
    ? html`<p class="soft">Labels cannot tell yet whether it holds: ${unsureInWords(concept)}.</p>`
    : html`<p class="soft">
        It holds: ${count(concept.rows)} labelled rows of ${count(concept.days)} days show no fall at the same inputs.
      </p>`;
}

/** The last verdict, and how all columns moved over the last checks. */
export function driftSection({ pipeline, declaration, verdicts, now }: PipelineOverview): Section {
  const [last] = verdicts;
  const heading = 'Drift';
  if (!last) return { id: 'drift', heading, content: html`<p class="soft">No check has been made yet.</p>` };
  const report =
    last.reportKey === null
      ? null
      : html` <a href="${reportUrl(pipeline.name, 'drift', last.id)}">The report of this check</a>.`;
  const since = last.since === null ? '' : html` Not stable since ${time(last.since)}.`;
  const found = last.abstained === null ? html` ${headline(last)}.` : html` ${last.abstained.replace(/\.$/, '')}.`;
  const decided =
    last.alarm || last.abstained !== null ? '' : `By weight, ${percent(last.share, 0)} of the voting columns. `;
  return {
    id: 'drift',
    heading,
    content: html`<p>
        ${verdictBadge(last)} at ${time(last.asOf)}, ${ago(last.asOf, now)}, over ${count(last.rows.current)}
        rows:${found}${decided === '' ? '' : ` ${decided}`}${since}${referenceOf(last)}${report}
      </p>
      ${unusualList(last)}
      ${
        declaration
          ? html`${findingsList(last, declaration)} ${rowsBehind(last)}
            ${driftHeatmap(verdicts.slice(0, SHOWN_CHECKS), declaration.drift)}
            ${heatKey(verdicts.slice(0, SHOWN_CHECKS), declaration)}`
          : html`<p class="soft">${UNREADABLE}</p>`
      }`,
  };
}

/** What the alarm is raised for, since when; what it cannot tell is among the findings. */
const unusualList = (last: RedactedVerdict): Html | null =>
  last.alarm && last.alarm.raised.length > 0 && last.abstained === null
    ? html`<p>Unusual for this pipeline, which by chance happens at most ${rateInWords(last.alarm.rate)}:</p>
        <ul class="told">
          ${unusualColumns(last).map(
            (unusual) =>
              html`<li>
                <strong>${columnTitle(unusual.column)}</strong>
                ${sinceOfUnusual(unusual, (at) => moment(at).replace(' UTC', ''))}; alarm raised at
                ${time(unusual.raisedAt)}
              </li>`,
          )}
        </ul>`
    : null;

const MOST_COLUMNS = 5;

/** Rows that show how the columns behind a verdict moved, each with its prediction. */
function rowsBehind(last: RedactedVerdict): Html | null {
  const behind = new Set(columnsBehind(last));
  const columns = last.columns.filter(({ column, explained }) => behind.has(column) && explained?.rows);
  return rowsThatShow(columns.slice(0, MOST_COLUMNS), (id) => predictionUrl(last.pipeline, id));
}

const referenceOf = ({ reference }: Verdict): string =>
  reference ? ` Compared with: ${referenceInWords(reference)}.` : '';

function levelsOf(drift: Pipeline['drift']): string {
  const rate = rateOf(drift);
  return rate === null
    ? `drifting from ${percent(drift.warn, 0)} of the columns past their thresholds, severe from ${percent(drift.severe, 0)}`
    : `drifting while something is unusual, severe when also ${percent(drift.severe, 0)} of the columns are past their thresholds, or an unusual one twice`;
}

/** What kinds of trouble the last check tells apart. */
function findingsList(last: Verdict, { drift }: Pipeline): Html | null {
  const findings = findingsOf(last, drift);
  if (findings.length === 0) return null;
  return html`<ul class="told">
    ${findings.map(({ title, says, follows }) => html`<li><strong>${title}.</strong> ${says} ${follows}</li>`)}
  </ul>`;
}

/** What the colours of the map mean. */
const heatKey = (checks: readonly RedactedVerdict[], { drift }: Pipeline): Html =>
  html`<ul class="key">
    ${heatWords(checks).map(
      ({ mark, words }) =>
        html`<li>
          <svg width="12" height="12" aria-hidden="true"><rect class="${mark}" width="12" height="12" /></svg>${words}
        </li>`,
    )}
    <li>
      Thresholds:
      ${countingNames(drift)
        .map((name) => `${distanceKinds[name].title} ${drift[name]}`)
        .join(', ')}
    </li>
    <li>Level: ${levelsOf(drift)}</li>
  </ul>`;
