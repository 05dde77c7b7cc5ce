import { metricTitle, type MetricName } from '../../core/metrics/index.ts';
import { type Curve } from '../../core/search/curve.ts';
import { optionInWords } from '../../core/search/words.ts';
import { type Trial } from '../../core/search/trials.ts';
import { counted, decimal } from '../../pages/format.ts';
import { html, trusted, type Html } from '../../pages/html.ts';
import { digitsOf, round, scale } from '../../pages/scale.ts';

const [WIDTH, HEIGHT] = [640, 240];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 16, 14, 36];
/** A range this wide is drawn by its logarithm. */
const WIDE = 30;
const MOST_DOTS = 500;
const MOST_TICKS = 6;

/** The options that differ among trials, by name. */
export const optionsOf = (trials: readonly Trial[]): string[] =>
  [...valuesOf(trials)].flatMap(([option, seen]) => (seen.size > 1 ? [option] : [])).sort();

/** The option of the most values: a declared one has a single value per recipe, and a chart of it says little. */
export function mostVaried(trials: readonly Trial[]): string | null {
  const values = valuesOf(trials);
  const sizeOf = (option: string): number => values.get(option)!.size;
  return optionsOf(trials).reduce<string | null>(
    (most, option) => (most === null || sizeOf(option) > sizeOf(most) ? option : most),
    null,
  );
}

function valuesOf(trials: readonly Trial[]): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const { spec } of trials)
    for (const [option, value] of Object.entries(spec ?? {}))
      if (option !== 'kind' && option !== 'name')
        values.set(option, (values.get(option) ?? new Set()).add(JSON.stringify(value)));
  return values;
}

/**
 * The metric of trials against one of their options; a filled dot was trained on all rows. Drawn without the plotting
 * library, as are all live pages.
 */
export function optionChart(all: readonly Trial[], option: string, metric: MetricName): Html {
  const dots = all
    .flatMap((trial) => {
      const value: unknown = Object.entries(trial.spec ?? {}).find(([name]) => name === option)?.[1];
      const y = trial.result?.selection[metric] ?? null;
      return value === undefined || value === null || y === null ? [] : [{ value, y, trial }];
    })
    .slice(0, MOST_DOTS);
  const axis = axisOf(dots.map(({ value }) => value));
  const best = dots.find(({ trial }) => trial.winner);
  const title = metricTitle(metric);
  const words =
    `${title} on selection against ${option}, ${counted(dots.length, 'trial')}.` +
    (best ? ` The winner has ${optionInWords(best.value)}: ${decimal(best.y, 4)}.` : '');
  return chart({ words, axis, label: option, values: dots.map(({ y }) => y) }, (y) =>
    dots.map(({ value, y: at, trial: { candidate, state, winner } }) => {
      const fill = state === 'finished' ? 'var(--link)' : 'none';
      const stroke = winner ? 'var(--ink)' : state === 'finished' ? 'none' : 'var(--soft)';
      return html`<circle
        fill="${fill}"
        stroke="${stroke}"
        stroke-width="${winner ? 2.5 : 1}"
        cx="${axis.at(value)}"
        cy="${y(at)}"
        r="${winner ? 5 : 3}"
      >
        <title>${candidate}, ${option} ${optionInWords(value)}: ${decimal(at, 4)}</title>
      </circle>`;
    }),
  );
}

/** How the loss on selection went, a line for each; the winner's is thick. */
export function curvesChart(curves: Readonly<Record<string, Curve>>, winner: string | null): Html {
  const lines = Object.entries(curves).filter(([, points]) => points.length > 0);
  const axis = axisOf(lines.flatMap(([, points]) => points.map(([done]) => done)));
  const last = winner === null ? undefined : curves[winner]?.at(-1);
  const words =
    `Loss on selection by epoch or tree: ${counted(lines.length, 'line')}.` +
    (last ? ` The winner's, ${winner}, ends at ${decimal(last[2], 4)}.` : '');
  const values = lines.flatMap(([, points]) => points.map(([, , loss]) => loss));
  return chart({ words, axis, label: 'epochs or trees', values }, (y) =>
    lines.map(([candidate, points]) => {
      const d = points.map(([done, , loss], i) => `${i === 0 ? 'M' : 'L'}${axis.at(done)} ${y(loss)}`).join('');
      const [stroke, width] = candidate === winner ? ['var(--ink)', 2.5] : ['var(--link)', 1];
      return html`<path fill="none" stroke="${stroke}" stroke-width="${width}" d="${d}">
        <title>${candidate}: ${decimal(points.at(-1)![2], 4)}</title>
      </path>`;
    }),
  );
}

interface Axis {
  at(value: unknown): number;
  ticks: readonly { x: number; text: string }[];
}

/** Numbers by size, or by magnitude where they differ much; anything else one beside the other. */
function axisOf(values: readonly unknown[]): Axis {
  const across = (far: number): number => round(LEFT + 8 + far * (WIDTH - LEFT - RIGHT - 16));
  const numbers = values.filter((value): value is number => typeof value === 'number');
  if (numbers.length < values.length) {
    const names = [...new Set(values.map((value) => optionInWords(value)))].sort();
    const at = (value: unknown): number =>
      across(names.length < 2 ? 0.5 : names.indexOf(optionInWords(value)) / (names.length - 1));
    const every = Math.ceil(names.length / MOST_TICKS);
    return { at, ticks: names.filter((_, i) => i % every === 0).map((text) => ({ x: at(text), text })) };
  }
  const [least, most] = numbers.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]); // prettier-ignore
  const log = least > 0 && most / least >= WIDE;
  const size = (value: number): number => (log ? Math.log(value) : value);
  const extent = size(most) - size(least);
  const at = (value: unknown): number => across(extent > 0 ? (size(Number(value)) - size(least)) / extent : 0.5);
  const steps = Array.from({ length: extent > 0 ? MOST_TICKS - 1 : 1 }, (_, i) => i / (MOST_TICKS - 2));
  const ticks = steps.map((far) => {
    const exact = log ? least * (most / least) ** far : least + (most - least) * far;
    const value = Number(exact.toPrecision(2));
    return { x: at(exact), text: String(value) };
  });
  return { at, ticks };
}

function chart(
  { words, axis, label, values }: { words: string; axis: Axis; label: string; values: readonly number[] },
  draw: (y: (value: number) => number) => Html[],
): Html {
  const { low, high, ticks } = scale(values);
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
  const below = axis.ticks.map(({ x, text }) => html`<text x="${x}" y="${HEIGHT - 20}" text-anchor="middle">${text}</text>`); // prettier-ignore
  return html`<div class="chart" role="img" aria-label="${words}">
    ${trusted(`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">`)}
    ${grid}${below}${draw(y)}
    <text x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${label}</text>
    ${trusted('</svg>')}
  </div>`;
}
