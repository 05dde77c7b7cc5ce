import {
  countingNames,
  distanceKinds,
  distanceNames,
  pastThreshold,
  thresholdsOf,
  type DecidingName,
  type DistanceName,
  type Thresholds,
} from '../../core/drift/distances/index.ts';
import { own } from '../../core/base/own.ts';
import { SCORE } from '../../core/data/profiles/binning.ts';
import { rateInWords } from '../../core/drift/alarm/rate.ts';
import { findsInWords } from '../../core/drift/alarm/words.ts';
import { type Measured } from '../../core/drift/distances/distance.ts';
import { farFrom, isBehind, standingOf } from '../../core/drift/standing.ts';
import { type ColumnDrift } from '../../core/drift/verdict.ts';
import { type LikeRows } from '../../core/drift/reference/like-rows.ts';
import { likeInWords } from '../../core/drift/reference/words.ts';
import { DAY, milliseconds } from '../../core/time/time.ts';
import { type RedactedPipeline, type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { explainedColumns } from './explained.ts';
import { standingInWords } from './columns.ts';
import { counted, decimal, list, percent, probability, quantity } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { table, type TableColumn } from '../../pages/table.ts';

/** Every column with all its distances, in the order given. */
export function distanceTable(
  columns: readonly ColumnDrift[],
  verdict: RedactedVerdict,
  { drift }: RedactedPipeline,
): Html {
  const far = farFrom(verdict);
  const told = (what: keyof Measured): DistanceName[] =>
    distanceNames.filter((name) => columns.some(({ distances }) => distances[name]?.[what] != null));
  const thresholds = new Map<ColumnDrift, Thresholds>(columns.map((c) => [c, thresholdsOf(drift, c.column)]));
  const isCounting = (name: DistanceName, column?: ColumnDrift): name is DecidingName =>
    column
      ? countingNames(thresholds.get(column)!).some((counting) => counting === name)
      : columns.some((each) => isCounting(name, each));
  const distance = (name: DistanceName): TableColumn<ColumnDrift> => ({
    head: distanceKinds[name].title,
    number: true,
    hint: hintOf(columns.flatMap((c) => (isCounting(name, c) ? thresholds.get(c)![name]! : []))),
    cell(column) {
      const { value = null, samplingError = null } = column.distances[name] ?? {};
      const isPast = pastThreshold(column.distances, thresholds.get(column)!).some((past) => past === name);
      // A colour is for what is behind the level.
      const mark = isBehind(standingOf(column, verdict)) ? 'over' : 'past';
      const shown = isPast ? html`<span class="${mark}">${decimal(value)} ▲</span>` : html`${decimal(value)}`;
      return html`${shown}${samplingError === null ? null : html`<small>± ${decimal(samplingError)}</small>`}`;
    },
  });
  const tests = told('p');
  const isExplained = columns.some(({ explained }) => explained);
  const pValues: TableColumn<ColumnDrift> = {
    head: 'p-value',
    number: true,
    hint: tests.map((name) => distanceKinds[name].title).join(' / '),
    cell({ distances }) {
      const [first = null, ...others] = tests.flatMap((name) => distances[name]?.p ?? []);
      return html`${first === null ? '\u2013' : probability(first)}${others.map((p) => html`<small>${probability(p)}</small>`)}`;
    },
  };
  const heads: TableColumn<ColumnDrift>[] = [
    {
      head: 'Column',
      words: true,
      cell: (c) => html`${c.column}<br /><small>${standingInWords(c, standingOf(c, verdict), far)}</small>`,
    },
    ...(isExplained ? explainedColumns : []),
    ...told('value')
      .filter((name) => isCounting(name))
      .map(distance),
    ...(isExplained ? [] : [pValues]),
    {
      head: 'Nulls',
      number: true,
      cell: ({ nullShare }) => nowAndBefore(percent(nullShare.current), percent(nullShare.reference)),
    },
    {
      head: 'Mean',
      number: true,
      cell: ({ mean }) => (mean === null ? '\u2013' : nowAndBefore(quantity(mean.current), quantity(mean.reference))),
    },
    { head: 'Weight', number: true, cell: (c) => (c.votes ? quantity(c.weight) : 'none') },
  ];
  return html`<section>
    <h2>All distances</h2>
    ${table(
      `${isExplained ? 'What matters most comes first' : 'Furthest past its threshold first'}. \u00b1 is what sampling alone reaches in 95 of 100 checks; it is subtracted before the threshold applies.`,
      heads,
      columns,
    )}
    ${otherDistances(
      columns,
      told('value').filter((name) => !isCounting(name)),
    )}
  </section>`;
}

const nowAndBefore = (now: string, before: string): Html =>
  now === before ? html`${now}` : html`${now}<small>was ${before}</small>`;

/** Those that inform and do not count, folded. */
const otherDistances = (columns: readonly ColumnDrift[], names: readonly DistanceName[]): Html =>
  names.length === 0
    ? nothing
    : html`<details>
        <summary>Other distances</summary>
        ${table<ColumnDrift>(
          'They inform and do not count.',
          [
            { head: 'Column', cell: ({ column }) => column },
            ...names.map((name) => ({
              head: distanceKinds[name].title,
              number: true,
              cell: ({ distances }: ColumnDrift) => decimal(distances[name]?.value),
            })),
            ...(columns.some(({ explained }) => explained)
              ? [
                  {
                    head: 'Rows that weigh as one',
                    number: true,
                    cell: ({ explained }: ColumnDrift) => decimal(explained?.designEffect, 1),
                  },
                ]
              : []),
          ],
          columns,
        )}
      </details>`;

/**
 * Explains the words and thresholds of the page.
 * @param rate of false alarms; null: the share of columns judges
 */
export const howToRead = (
  { drift, name: pipeline }: RedactedPipeline,
  { alarm, like }: Pick<RedactedVerdict, 'alarm' | 'like'>,
  rate: string | null,
): Html =>
  html`<section class="prose">
    <h2>How to read this</h2>
    <ul>
      ${distanceNames.map(
        (name) =>
          html`<li>
            <b>${distanceKinds[name].title}</b> ${distanceKinds[name].explained}
            ${declaredInWords(name, pipeline, drift)}
          </li>`,
      )}
      <li>
        A column ${rate === null ? html`<b>drifts</b>` : html`lies <b>far</b> from the reference`} when a distance, less
        its sampling error (±), passes its threshold. P-values inform and decide nothing: with many rows they find
        differences too small to matter.
      </li>
      <li>
        <b>q</b> is the share of wrong finds among the columns that moved at least as clearly: up to 0.05 a column moved
        for sure, however little. <b>Score</b> is by how much the mean score changes with this column alone, on rows of
        the champion's holdout.
      </li>
      <li>${levelsInWords(drift, rate)} ${votersInWords(drift, rate)}</li>
      <li>
        The window is the trailing ${drift.window}, ${rhythm(drift, like)}. ${fewRows(drift, rate)}${findsOf(alarm)}
      </li>
    </ul>
  </section>`;

/** What happens with too few rows. */
function fewRows(drift: RedactedPipeline['drift'], rate: string | null): string {
  const few = `With fewer than ${counted(drift.minRows, 'row')}`;
  const abstains = `the check abstains${rate === null ? '' : ', unless the alarm can tell'}.`;
  if (drift.sameHours === true && milliseconds(drift.window) < DAY) return `${few} ${abstains}`;
  return `${few} it begins earlier, by up to a week; with fewer still ${abstains}`;
}

const findsOf = (alarm: RedactedVerdict['alarm']): string =>
  alarm?.finds ? ` With as many rows as in this one, the alarm finds within a week: ${findsInWords(alarm.finds)}.` : '';

const levelsInWords = ({ warn, severe }: RedactedPipeline['drift'], rate: string | null): Html =>
  rate === null
    ? html`The data set is <b>drifting</b> when ${percent(warn, 0)} of the voting columns, by weight, have drifted, and
        <b>severe</b> from ${percent(severe, 0)}.`
    : html`The data set is <b>drifting</b> while something is unusual for this pipeline, an alarm that by chance is
        raised at most ${rateInWords(rate)}; it is <b>severe</b> when ${percent(severe, 0)} of the voting columns are
        past their thresholds, too, or one behind the alarm is past twice its threshold. Columns that lie far from the
        reference are no drift by themselves. One of which the alarm would find no large change warns when it lies twice
        as far as in any check of its champion before. While too little is known of what is usual, the data set is
        drifting from ${percent(warn, 0)} of the voting columns, and never severe.`;

const votersInWords = ({ weights }: RedactedPipeline['drift'], rate: string | null): string =>
  rate === null || own(weights, SCORE) === 0
    ? 'Columns derived from time and the score have no vote.'
    : 'Columns derived from time have no vote; the score has one once the champion has served for three weeks.';

/** hintOf([0.2, 0.2]) // => 'threshold 0.200' */
const hintOf = (thresholds: readonly number[]): string => {
  const [low, high] = [Math.min(...thresholds), Math.max(...thresholds)];
  return low === high ? `threshold ${decimal(low)}` : `thresholds ${decimal(low)} to ${decimal(high)}`;
};

function declaredInWords(name: DistanceName, pipeline: string, drift: RedactedPipeline['drift']): string {
  const all = (drift as Thresholds)[name as DecidingName];
  const alone = Object.entries(drift.columns ?? {}).flatMap(([column, thresholds]) => {
    const own = thresholds[name as DecidingName];
    return own === undefined ? [] : [`${decimal(own)} for ${column}`];
  });
  const said = [...(all === undefined ? [] : [decimal(all)]), ...alone];
  return said.length > 0 ? `${pipeline} sets the threshold at ${list(said)}.` : '';
}

/** Verdicts of earlier releases do not say which rows they are compared with. */
function rhythm(drift: RedactedPipeline['drift'], like: LikeRows | undefined): string {
  if (like) return `compared with ${likeInWords(like)}`;
  return drift.sameHours && milliseconds(drift.window) < DAY
    ? 'compared with the same hours of the day in the reference'
    : 'so it covers the rhythm of a day';
}
