import { type Dependence, type Importance } from '../core/explaining/insight.ts';
import { type RedactedInsight } from '../core/declaration/redaction/redaction.ts';
import { metricTitle } from '../core/metrics/index.ts';
import { count, counted, decimal, percent, shortQuantity, signed } from './format.ts';
import { curvePlot, valueInWords } from './curve.ts';
import { html, nothing, trusted, type Html } from './html.ts';
import { table } from './table.ts';

const WIDTH = 180;
const HEIGHT = 14;

/** What a version goes by: its columns by importance, and what scores do along the most important ones. */
export function insightInWords(insight: RedactedInsight, isNumber: boolean): Html {
  const { importance, dependence, metric, value, unmeasured = [] } = insight;
  if (value === null || importance.length === 0)
    return html`<p class="note">
      The ${counted(insight.rows, 'row')} of the holdout that were looked at cannot tell how much each column matters.
    </p>`;
  const scale = scaleOf(importance);
  return html`<p class="note">
      ${metricTitle(metric)} is ${decimal(value, 4)} on ${count(insight.rows)} of ${count(insight.of)} holdout rows. The
      bars show how much worse it gets when a column is shuffled among the rows, ${insight.permutations} times each; the
      lines are 95&nbsp;% intervals. Of columns that say the same, the model may need only one, and each alone looks
      unimportant.
    </p>
    ${table<Importance>(
      'Columns by importance',
      [
        { head: 'Column', cell: ({ column }) => column },
        { head: 'Lost without it', number: true, cell: ({ loss }) => signed(loss, 4) },
        {
          head: 'Interval',
          number: true,
          cell: ({ low, high }) =>
            low === null || high === null ? '\u2013' : `${signed(low, 4)} to ${signed(high, 4)}`,
        },
        { head: 'As a bar', cell: (each) => importanceBar(each, scale) },
      ],
      importance,
    )}
    ${
      unmeasured.length === 0
        ? nothing
        : html`<p class="note">
            ${counted(unmeasured.length, 'more column')} moved scores less, and
            ${unmeasured.length === 1 ? 'was' : 'were'} not shuffled.
          </p>`
    }
    ${dependence.length === 0 ? nothing : curves(dependence, isNumber)}`;
}

const curves = (dependence: readonly Dependence[], isNumber: boolean): Html =>
  html`<h3>What the score does along a column</h3>
    <p class="note">
      The mean score of the same ${counted(dependence[0]!.rows, 'row')}, with the column at one value after the other.
      The pale band holds eight of ten rows' own curves, each moved to the mean's level: where it is wide, the column
      acts together with others. Sensitive columns are not drawn.
    </p>
    <div class="grid small-multiples">
      ${dependence.map(
        (each) =>
          html`<figure class="card">
            <figcaption class="title"><h3>${each.column}</h3></figcaption>
            ${curvePlot([{ look: 'first', points: drawnPoints(each, isNumber) }], {
              words: dependenceInWords(each, isNumber),
              scoreInWords: scoreInWords(isNumber),
            })}
          </figure>`,
      )}
    </div>`;

/** Moved to the mean's level, a row's own curve can leave the range of a probability; its band is not drawn there. */
export const drawnPoints = ({ points }: Pick<Dependence, 'points'>, isNumber: boolean): Dependence['points'] =>
  isNumber ? points : points.map((point) => ({ ...point, low: Math.max(0, point.low), high: Math.min(1, point.high) }));

/** A score as an axis shows it. */
export const scoreInWords =
  (isNumber: boolean) =>
  (score: number): string =>
    isNumber ? shortQuantity(score) : percent(score);

/** For those who do not see the picture: where the curve is lowest and highest. */
export function dependenceInWords(
  { column, points }: Pick<Dependence, 'column' | 'points'>,
  isNumber: boolean,
): string {
  const write = scoreInWords(isNumber);
  const sorted = points.toSorted((a, b) => a.mean - b.mean);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return `The mean score along ${column}: lowest at ${valueInWords(least.value)} with ${write(least.mean)}, highest at ${valueInWords(most.value)} with ${write(most.mean)}.`;
}

interface Scale {
  low: number;
  high: number;
}
const scaleOf = (importance: readonly Importance[]): Scale => ({
  low: Math.min(0, ...importance.map(({ loss, low }) => Math.min(loss, low ?? loss))),
  high: Math.max(1e-9, ...importance.map(({ loss, high }) => Math.max(loss, high ?? loss))),
});

function importanceBar({ column, loss, low, high }: Importance, scale: Scale): Html {
  const x = (value: number): number => Math.round((10 * WIDTH * (value - scale.low)) / (scale.high - scale.low)) / 10;
  const [from, to] = [Math.min(x(0), x(loss)), Math.max(x(0), x(loss))];
  const whisker =
    low === null || high === null
      ? ''
      : `<line class="whisker" x1="${x(low)}" x2="${x(high)}" y1="${HEIGHT / 2}" y2="${HEIGHT / 2}"/>`;
  return html`<div class="bars" role="img" aria-label="${`Without ${column}, ${signed(loss, 4)} is lost`}">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
      ${trusted(`<rect class="importance" x="${from}" y="2" width="${Math.round(10 * (to - from)) / 10}" height="${HEIGHT - 4}" rx="2"/>${whisker}`)}
    </svg>
  </div>`;
}
