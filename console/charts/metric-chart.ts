import { versionName } from '../../core/base/ids.ts';
import { type Instant } from '../../core/time/time.ts';
import { day, decimal } from '../../pages/format.ts';
import { html, trusted, type Html } from '../../pages/html.ts';
import { digitsOf, round, scale } from '../../pages/scale.ts';

export interface MetricChart {
  /** The name of the metric: 'average precision'. */
  metric: string;
  /** In time order; those of one version are joined. */
  points: readonly { at: Instant; value: number; version: number }[];
  promotions: readonly { at: Instant; version: number }[];
  /** What versions promised: a dashed line beside their points. */
  promised?: readonly { version: number; value: number }[];
}

const WIDTH = 640;
const HEIGHT = 170;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 12, 20, 22];

/**
 * A metric over time with a mark where a version took over. Drawn without the plotting library: a live page
 * redraws it often, in the process that answers predictions. No style attribute, so any content policy allows it.
 */
export function metricChart({ metric, points, promotions, promised = [] }: MetricChart): Html {
  const times = [...points, ...promotions].map(({ at }) => Date.parse(at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const { low, high, ticks } = scale([...points, ...promised].map(({ value }) => value));
  const x = (at: Instant): number =>
    round(LEFT + ((Date.parse(at) - from) / Math.max(to - from, 1)) * (WIDTH - LEFT - RIGHT));
  const y = (value: number): number =>
    round(HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM));

  const grid = ticks.map(
    (tick) =>
      html`<line class="grid-line" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}" /><text
          x="${LEFT - 6}"
          y="${y(tick) + 4}"
          text-anchor="end"
          >${decimal(tick, digitsOf(high - low))}</text
        >`,
  );
  const marks = promotions.map(
    ({ at, version }) =>
      html`<line class="promotion" x1="${x(at)}" x2="${x(at)}" y1="${TOP - 4}" y2="${HEIGHT - BOTTOM}" /><text
          x="${x(at)}"
          y="${TOP - 8}"
          text-anchor="${x(at) > WIDTH - 40 ? 'end' : 'start'}"
          >${versionName(version)}</text
        >`,
  );
  const lines = runsOf(points).map(
    (run) =>
      html`<path
        class="metric-line"
        d="${run.map(({ at, value }, i) => `${i === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`).join('')}"
      />`,
  );
  const levels = runsOf(points).flatMap((run) => {
    const level = promised.find(({ version }) => version === run[0]!.version);
    if (!level) return [];
    const [left, right] = [x(run[0]!.at), x(run.at(-1)!.at)];
    return [
      html`<line
        class="promotion"
        x1="${Math.max(LEFT, left - 8)}"
        x2="${Math.min(WIDTH - RIGHT, right + 8)}"
        y1="${y(level.value)}"
        y2="${y(level.value)}"
        ><title>${versionName(level.version)} on its holdout: ${decimal(level.value, 4)}</title></line
      >`,
    ];
  });
  const dots = points.map(
    ({ at, value, version }) =>
      html`<circle class="metric-dot" cx="${x(at)}" cy="${y(value)}" r="2.5">
        <title>${versionName(version)}, ${day(at)}: ${decimal(value, 4)}</title>
      </circle>`,
  );
  const last = points.at(-1);
  const words =
    last === undefined
      ? `No ${metric} is known yet.`
      : `${metric} at ${points.length} moments from ${day(points[0]!.at)} to ${day(last.at)}, ${decimal(last.value, 4)} at the end.`;
  return html`<div class="chart" role="img" aria-label="${words}">
    ${trusted(`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">`)}
    ${grid}${marks}${levels}${lines}${dots}
    <text x="${LEFT}" y="${HEIGHT - 5}">${day(new Date(from).toISOString())}</text>
    ${
      day(new Date(from).toISOString()) === day(new Date(to).toISOString())
        ? null
        : html`<text x="${WIDTH - RIGHT}" y="${HEIGHT - 5}" text-anchor="end">${day(new Date(to).toISOString())}</text>`
    }
    ${trusted('</svg>')}
  </div>`;
}

/** A line of some numbers for a table, the latest at the right. */
export function sparkline(values: readonly number[], words: string): Html {
  if (values.length < 2) return html``;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const d = values
    .map((value, i) => {
      const y = high === low ? 10 : 18 - ((value - low) / (high - low)) * 16;
      return `${i === 0 ? 'M' : 'L'}${round(1 + (i / (values.length - 1)) * 94)} ${round(y)}`;
    })
    .join('');
  return html`<svg class="spark" viewBox="0 0 96 20" width="96" height="20" role="img" aria-label="${words}">
    <path class="metric-line" d="${d}" />
  </svg>`;
}

/** Neighbours of one version. */
function runsOf<Point extends { version: number }>(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    if (run?.at(-1)?.version === point.version) run.push(point);
    else runs.push([point]);
  }
  return runs;
}
