import { shortened } from '../core/base/shortened.ts';
import { type Value } from '../core/data/data.ts';
import { shortQuantity } from './format.ts';
import { html, trusted, type Html } from './html.ts';

/** What a score does along the values of a column. */
export interface Curve {
  /** The classes of its line and band: 'first', 'second'. */
  look: 'first' | 'second';
  points: readonly { value: Value; mean: number; low?: number; high?: number }[];
}

export interface CurveOptions {
  /** What the picture says, in words. */
  words: string;
  scoreInWords(score: number): string;
  /** A value to mark: that of the row. */
  at?: Value;
}

const WIDTH = 300;
const HEIGHT = 150;
const [LEFT, RIGHT, TOP, BOTTOM] = [54, 12, 10, 24];
const CHARACTER = 6.2;

/** Curves over the same values, at equal distances; a missing value stands apart at the right. */
export function curvePlot(curves: readonly Curve[], { words, scoreInWords, at }: CurveOptions): Html {
  const values = curves[0]?.points.map(({ value }) => value) ?? [];
  const all = curves.flatMap(({ points }) => points.flatMap(({ mean, low = mean, high = mean }) => [mean, low, high]));
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = most > least ? (most - least) * 0.06 : Math.abs(most) * 0.1 || 1;
  const [bottom, top] = [least - room, most + room];
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, values.length - 1);
  const x = (place: number): number => round(values.length === 1 ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + place * step);
  const y = (score: number): number => round(TOP + ((top - score) / (top - bottom)) * (HEIGHT - TOP - BOTTOM));
  const known = values.flatMap((value, place) => (value === null ? [] : [place]));
  const isNumber = values.some((value) => typeof value === 'number');
  const line = (places: readonly number[], score: (place: number) => number): string =>
    places.map((place) => `${x(place)},${y(score(place))}`).join(' ');

  const drawn = curves.map(({ look, points }) => {
    const low = (place: number): number => points[place]!.low ?? points[place]!.mean;
    const high = (place: number): number => points[place]!.high ?? points[place]!.mean;
    const band = isNumber
      ? `<polygon class="band ${look}" points="${line(known, high)} ${line(known.toReversed(), low)}"/>`
      : '';
    const spreads = (isNumber ? values.flatMap((value, place) => (value === null ? [place] : [])) : [...values.keys()])
      .map((place) => `<line class="spread ${look}" x1="${x(place)}" x2="${x(place)}" y1="${y(high(place))}" y2="${y(low(place))}"/>`); // prettier-ignore
    const path = isNumber ? `<polyline class="curve ${look}" points="${line(known, (place) => points[place]!.mean)}"/>` : ''; // prettier-ignore
    const dots = points.map(({ mean }, place) => `<circle class="point ${look}" cx="${x(place)}" cy="${y(mean)}" r="2.5"/>`); // prettier-ignore
    return [band, ...spreads, path, ...dots].join('');
  });
  const marked = at === undefined ? -1 : nearest(values, at);
  const mark = marked < 0 ? '' : `<line class="here" x1="${x(marked)}" x2="${x(marked)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`; // prettier-ignore
  const scores = [bottom + room, (bottom + top) / 2, top - room];
  return html`<div class="chart curves" role="img" aria-label="${words}">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
      ${scores.map(
        (score) =>
          html`<line class="grid-line" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(score)}" y2="${y(score)}" /><text
              x="${LEFT - 6}"
              y="${y(score) + 4}"
              text-anchor="end"
            >
              ${scoreInWords(score)}
            </text>`,
      )}${trusted(mark + drawn.join(''))}
      ${labelled(values, step).map(
        (place) =>
          html`<text
            x="${x(place)}"
            y="${HEIGHT - 6}"
            text-anchor="${place === 0 && values.length > 1 ? 'start' : place === values.length - 1 && values.length > 1 ? 'end' : 'middle'}"
            >${valueInWords(values[place]!)}</text
          >`,
      )}
    </svg>
  </div>`;
}

const round = (place: number): number => Math.round(place * 10) / 10;

const MOST_LETTERS = 12;
/** A value of a column on an axis: short. */
export const valueInWords = (value: Value): string =>
  value === null
    ? 'missing'
    : typeof value === 'number'
      ? shortQuantity(value)
      : shortened(String(value), MOST_LETTERS);

/** Places whose labels do not overlap: from both ends, then between. */
function labelled(values: readonly Value[], step: number): number[] {
  const last = values.length - 1;
  const widthOf = (place: number): number => valueInWords(values[place]!).length * CHARACTER;
  const spanOf = (place: number): [number, number] => {
    const [at, wide] = [place * step, widthOf(place)];
    if (place === 0) return [at, at + wide];
    return place === last ? [at - wide, at] : [at - wide / 2, at + wide / 2];
  };
  const shown: number[] = [];
  for (const place of [0, last, ...values.keys()]) {
    const [from, to] = spanOf(place);
    if (place < 0 || shown.includes(place)) continue;
    if (shown.every((other) => to + 6 < spanOf(other)[0] || from - 6 > spanOf(other)[1])) shown.push(place);
  }
  return shown;
}

function nearest(values: readonly Value[], at: Value): number {
  if (typeof at !== 'number') return values.findIndex((value) => value === at || String(value) === String(at));
  let best = -1;
  for (const [place, value] of values.entries())
    if (typeof value === 'number' && (best < 0 || Math.abs(value - at) < Math.abs(Number(values[best]) - at)))
      best = place;
  return best;
}
