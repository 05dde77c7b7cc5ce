import type { Estimate } from '../../core/sequential/means.ts';
import { signed } from '../../core/experiments/figures.ts';
import type { Instant } from '../../core/time/time.ts';
import { day } from '../../pages/format.ts';
import { html, trusted, type Html } from '../../pages/html.ts';

/** How an arm stood beside the control at a moment. */
export interface DifferencePoint {
  at: Instant;
  difference: Estimate;
}

export interface DifferenceChart {
  /** 'clicks of v4 beside v3' */
  title: string;
  /** In time order. */
  points: readonly DifferencePoint[];
  /** A difference up to this one does not matter. */
  same: number;
}

const WIDTH = 520;
const HEIGHT = 190;
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 10, 16, 24];
/** How many times as tall as the latest interval the picture is, so that one sees the earlier ones close. */
const AROUND = 2.5;

/** The difference of a version with its interval over time. Nothing before two looks have one. */
export function differenceChart({ title, points, same }: DifferenceChart): Html | null {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return null;
  const { y, low, high } = heights(last.difference, same);
  const [from, to] = [Date.parse(first.at), Date.parse(last.at)];
  const x = ({ at }: DifferencePoint): number =>
    round(LEFT + ((Date.parse(at) - from) / Math.max(to - from, 1)) * (WIDTH - LEFT - RIGHT));
  const path = (all: readonly DifferencePoint[], end: keyof Estimate): string =>
    all.map((point) => `${x(point)} ${y(point.difference[end])}`).join('L');
  const label = (value: number): Html =>
    html`<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${value === 0 ? '0' : signed(value)}</text>`;
  const edges = [high, low].filter((edge) => Math.abs(y(edge) - y(0)) > 18);
  return html`<div class="chart" role="img" aria-label="${inWords(title, first, last)}">
    ${trusted(`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">`)}
    ${
      same > 0
        ? html`<rect
            class="same"
            x="${LEFT}"
            y="${y(same)}"
            width="${WIDTH - LEFT - RIGHT}"
            height="${round(y(-same) - y(same))}"
          />`
        : null
    }
    <path class="interval" d="M${path(points, 'low')}L${path(points.toReversed(), 'high')}Z" />
    <line class="zero" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(0)}" y2="${y(0)}" />
    <path class="metric-line" d="M${path(points, 'estimate')}" />
    ${label(0)}${edges.map(label)}
    <text x="${LEFT}" y="${HEIGHT - 7}">${moment(first.at)}</text>
    <text x="${WIDTH - RIGHT}" y="${HEIGHT - 7}" text-anchor="end">${moment(last.at)}</text>
    ${trusted('</svg>')}
  </div>`;
}

/** The key to all charts of a page. */
export const differenceKey = (same: number): Html =>
  html`<ul class="key">
    <li><i class="key-interval"></i>the interval that holds at every look</li>
    <li><i class="key-line"></i>the estimate</li>
    <li><i class="key-zero"></i>no difference: an interval wholly above or below is proven</li>
    ${same > 0 ? html`<li><i class="same"></i>too small to matter: an interval wholly in here is the same</li>` : null}
  </ul>`;

/** Where a value lies. The latest interval and no difference are in the picture; what is beyond lies at its edge. */
function heights({ low, high }: Estimate, same: number) {
  const around = ((high - low) * (AROUND - 1)) / 2;
  const [least, most] = [Math.min(low - around, -same * 1.2, 0), Math.max(high + around, same * 1.2, 0)];
  return {
    low: least,
    high: most,
    y: (value: number): number => {
      const part = (Math.min(Math.max(value, least), most) - least) / (most - least);
      return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM));
    },
  };
}

const moment = (at: Instant): string => `${day(at)} ${at.slice(11, 16)}`;
const round = (value: number): number => Math.round(value * 10) / 10;

function inWords(title: string, first: DifferencePoint, last: DifferencePoint): string {
  const at = ({ at: time, difference: { estimate, low, high } }: DifferencePoint): string =>
    `${signed(estimate)} (from ${signed(low)} to ${signed(high)}) at ${moment(time)}`;
  return `${title}: ${at(first)}, ${at(last)}.`;
}
