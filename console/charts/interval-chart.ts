import type { CheckName, Finding } from '../../core/rollout/evidence/evidence.ts';
import { counted, decimal } from '../../pages/format.ts';
import { html, trusted, type Html } from '../../pages/html.ts';

/** What a check said at a look, after so many requests of the challenger. */
export interface Seen {
  requests: number;
  finding: Finding;
}

interface Scale {
  title: string;
  /** Ratios are drawn by their logarithm: twice as often lies as far from 1 as half as often. */
  isRatio: boolean;
  write: (value: number) => string;
  /** What is allowed: below the high end, and above the low one if there is any. */
  bounds: (finding: Finding) => { low: number | null; high: number };
}

const upTo = ({ allowed }: Finding): { low: null; high: number } => ({ low: null, high: allowed });
const times = (value: number): string => `${Number(value.toPrecision(2))}\u00d7`;
const oftener: Scale = { title: 'times as often as the champion', isRatio: true, write: times, bounds: upTo };
const scales: Record<CheckName, Scale> = {
  errors: oftener,
  refusals: oftener,
  latency: { ...oftener, title: 'times as long as the champion' },
  scores: {
    title: 'standard deviations above the champion',
    isRatio: false,
    write: (value) => decimal(value, 2),
    bounds: ({ allowed, expected = 0 }) => ({ low: expected - allowed, high: expected + allowed }),
  },
  losses: {
    title: "larger than the champion's loss",
    isRatio: false,
    write: (value) => `${decimal(100 * value, 0)}\u00a0%`,
    bounds: upTo,
  },
};

const WIDTH = 520;
const HEIGHT = 170;
const [LEFT, RIGHT, TOP, BOTTOM] = [50, 10, 24, 24];
/** Ratios beyond this are as good as endless: an interval this wide says nothing yet. */
const WIDEST = 20;
/** How many times as tall as the latest interval the picture is, so that one sees the earlier ones close. */
const AROUND = 2;

interface Point {
  requests: number;
  interval: readonly [low: number, high: number | null];
  difference: number | null;
}
type Bounds = ReturnType<Scale['bounds']>;

/**
 * The interval of a check over the looks of a step, the oldest at the left, with what is allowed. Nothing before two
 * looks have an interval that says something.
 */
export function intervalChart(seen: readonly Seen[]): Html | null {
  const points = seen.flatMap(({ requests, finding: { interval, difference } }): Point[] =>
    isTelling(interval) ? [{ requests, interval, difference }] : [],
  );
  const [first, last, latest] = [points[0], points.at(-1), seen.at(-1)?.finding];
  if (!first || !last || !latest || points.length < 2) return null;
  const scale = scales[latest.check];
  const { title, isRatio, write } = scale;
  const allowed = scale.bounds(latest);
  const limits = [allowed.low, allowed.high].filter((limit) => limit !== null);
  const same = isRatio ? 1 : 0;
  const y = heights(scale, last, [...limits, same]);
  const x = widths(first, last);

  const beyond = (top: number, bottom: number): Html =>
    html`<rect
      class="beyond"
      x="${LEFT}"
      y="${top}"
      width="${WIDTH - LEFT - RIGHT}"
      height="${round(bottom - top)}"
    />`;
  const line = (name: string, value: number): Html =>
    html`<line class="${name}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" />`;
  const label = (value: number): Html =>
    html`<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${write(value)}</text>`;
  const path = (ends: readonly Point[], value: (point: Point) => number | null): string =>
    ends.map((point) => `${x(point)} ${y(value(point))}`).join('L');
  const estimates = points.filter(({ difference }) => difference !== null);
  const isFree = limits.every((limit) => Math.abs(y(limit) - y(same)) > 16);
  return html`<div class="chart" role="img" aria-label="${inWords(scale, first, last, allowed)}">
    ${trusted(`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">`)}
    ${beyond(TOP, y(allowed.high))}${allowed.low === null ? null : beyond(y(allowed.low), HEIGHT - BOTTOM)}
    ${line('grid-line', same)}${isFree ? label(same) : null}
    <path
      class="interval"
      d="M${path(points, ({ interval }) => interval[0])}L${path(points.toReversed(), ({ interval }) => interval[1])}Z"
    />
    <path class="metric-line" d="M${path(estimates, ({ difference }) => difference)}" />
    ${limits.map((limit) => html`${line('limit', limit)}${label(limit)}`)}
    <text x="${LEFT}" y="${TOP - 10}">${title}</text>
    <text x="${LEFT}" y="${HEIGHT - 7}">${counted(first.requests, 'request')}</text>
    <text x="${WIDTH - RIGHT}" y="${HEIGHT - 7}" text-anchor="end">${counted(last.requests, 'request')}</text>
    ${trusted('</svg>')}
  </div>`;
}

/** One from nothing to anything says nothing. */
const isTelling = (interval: Finding['interval']): interval is [number, number | null] =>
  interval !== null && (interval[0] > 0 || interval[1] !== null);

/** The keys to all charts of a page. */
export const intervalKey: Html = html`<ul class="key">
  <li><i class="key-interval"></i>the interval that holds at every look</li>
  <li><i class="key-line"></i>the estimate</li>
  <li><i class="key-limit"></i>what is allowed</li>
  <li><i class="key-beyond"></i>more than allowed: an interval wholly in here rolls back</li>
</ul>`;

/** Where a value lies; null lies at the top. What is beyond the picture lies at its edge. */
function heights({ isRatio }: Scale, last: Point, shown: readonly number[]): (value: number | null) => number {
  const place = (value: number): number => (isRatio ? Math.log(Math.min(Math.max(value, 1 / WIDEST), WIDEST)) : value);
  const [from, to] = [place(last.interval[0]), place(last.interval[1] ?? WIDEST)];
  const others = [...shown, last.difference ?? shown[0]!].map(place);
  const around = ((to - from) * (AROUND - 1)) / 2;
  const [low, high] = [Math.min(from - around, ...others), Math.max(to + around, ...others)];
  const margin = (high - low || 1) * 0.05;
  const edge = isRatio ? Math.log(WIDEST) : Infinity;
  const [bottom, top] = [Math.max(low - margin, -edge), Math.min(high + margin, edge)];
  return (value) => {
    const part = value === null ? 1 : (place(value) - bottom) / (top - bottom);
    return round(HEIGHT - BOTTOM - Math.min(Math.max(part, 0), 1) * (HEIGHT - TOP - BOTTOM));
  };
}

/** By the logarithm of the requests: looks come after ever more of them. */
function widths(first: Point, last: Point): (point: Point) => number {
  const place = ({ requests }: Point): number => Math.log(Math.max(requests, 1));
  const extent = place(last) - place(first) || 1;
  return (point) => round(LEFT + ((place(point) - place(first)) / extent) * (WIDTH - LEFT - RIGHT));
}

function inWords({ title, write }: Scale, first: Point, last: Point, { low, high }: Bounds): string {
  const at = ({ interval: [from, to], requests }: Point): string =>
    `from ${write(from)} to ${to === null ? 'anything' : write(to)} after ${counted(requests, 'request')}`;
  const allowed = low === null ? `up to ${write(high)}` : `${write(low)} to ${write(high)}`;
  return `${title}: ${at(first)}, ${at(last)}. Allowed: ${allowed}.`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
