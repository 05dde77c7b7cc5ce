import { draw } from './draw.ts';
import { percent, signed } from '../../pages/format.ts';
import { type Html } from '../../pages/html.ts';
import * as Plot from '@observablehq/plot';

/** A share of columns against its two thresholds, or the one that counts where an alarm judges. */
export function levelMeter(
  share: number,
  thresholds: { warn?: number; severe: number },
  words: string,
  severe = 'severe',
): Html {
  const end = Math.max(0.5, share * 1.15, thresholds.severe * 1.5);
  const marks = [
    ...(thresholds.warn === undefined
      ? []
      : [{ at: thresholds.warn, label: `drifting from ${percent(thresholds.warn, 0)}` }]),
    { at: thresholds.severe, label: `${severe} from ${percent(thresholds.severe, 0)}` },
  ];
  const [ends, starts] = [marks.slice(0, -1), marks.slice(-1)];
  return draw(
    {
      width: 480,
      height: 68,
      marginLeft: 1,
      marginRight: 1,
      marginTop: 20,
      marginBottom: 24,
      x: { domain: [0, end], axis: null },
      y: { domain: [0, 1], axis: null },
      marks: [
        Plot.rect([0], { x1: 0, x2: end, y1: 0.2, y2: 0.8, fill: 'var(--wash)', rx: 4 }),
        Plot.rect([0], { x1: 0, x2: Math.min(end, share), y1: 0.2, y2: 0.8, fill: 'var(--current)', rx: 4 }),
        // Above the bar, where no mark of a threshold is.
        Plot.text([share], {
          x: Math.min(end, share),
          text: () => percent(share),
          textAnchor: share > end / 2 ? 'end' : 'start',
          frameAnchor: 'top',
          dy: -12,
          fill: 'var(--ink)',
        }),
        Plot.ruleX(marks, { x: 'at', stroke: 'var(--mark)', strokeWidth: 1.5 }),
        Plot.text(ends, {
          x: 'at',
          text: 'label',
          textAnchor: 'end',
          frameAnchor: 'bottom',
          dy: 16,
          dx: 2,
        }),
        Plot.text(starts, {
          x: 'at',
          text: 'label',
          textAnchor: 'start',
          frameAnchor: 'bottom',
          dy: 16,
          dx: -2,
        }),
      ],
    },
    words,
  );
}

/** A difference with its interval, beside zero and the gate's margin. */
export function intervalPlot(
  difference: { estimate: number; low: number; high: number },
  margin: number,
  words: string,
): Html {
  const reach = Math.max(...[difference.low, difference.high, margin].map(Math.abs), 1e-6) * 1.25;
  return draw(
    {
      width: 480,
      height: 84,
      marginLeft: 8,
      marginRight: 8,
      marginTop: 20,
      marginBottom: 24,
      x: { domain: [-reach, reach] },
      y: { domain: [0, 1], axis: null },
      marks: [
        Plot.ruleX([0], { stroke: 'var(--soft)' }),
        ...(margin > 0 ? [Plot.ruleX([margin], { stroke: 'var(--soft)', strokeDasharray: '3 3' })] : []),
        Plot.text([0], { x: 0, text: () => 'no difference', frameAnchor: 'top', dy: -12, dx: -4, textAnchor: 'end' }),
        ...(margin > 0
          ? [
              Plot.text([0], {
                x: margin,
                text: () => 'margin',
                frameAnchor: 'top',
                dy: -12,
                dx: 4,
                textAnchor: 'start',
              }),
            ]
          : []),
        Plot.ruleY([0.5], { x1: difference.low, x2: difference.high, stroke: 'var(--current)', strokeWidth: 3 }),
        Plot.dot([0], {
          x: difference.estimate,
          y: 0.5,
          r: 6,
          fill: 'var(--current)',
          stroke: 'var(--card)',
          strokeWidth: 2,
        }),
        Plot.axisX({
          ticks: 5,
          tickFormat: (value: number) => signed(value, reach < 0.02 ? 4 : reach < 0.2 ? 3 : 2),
          tickSize: 0,
          label: null,
        }),
      ],
    },
    words,
  );
}
