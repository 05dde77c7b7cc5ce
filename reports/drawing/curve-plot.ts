import { draw } from './draw.ts';
import { type Html } from '../../pages/html.ts';
import * as Plot from '@observablehq/plot';

type Points = readonly (readonly [x: number, y: number])[];

/** A round number that all coordinates are within: 1, or a share of it where all are small. reachOf([[0.04, 0.03]]) // => 0.05 */
export function reachOf(points: Points): number {
  const most = Math.max(...points.flat());
  const reaches = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].filter((reach) => reach >= most);
  return reaches.at(-1) ?? 1;
}

/** A curve from 0 to 1 both ways (or to another number), and what chance, or a perfect model, would draw. */
export function curvePlot(curve: Points, chance: Points, words: string, upTo = 1): Html {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * upTo);
  return draw(
    {
      width: 320,
      height: 240,
      marginLeft: 36,
      marginRight: 12,
      marginTop: 10,
      marginBottom: 22,
      x: { type: 'linear', domain: [0, upTo] },
      y: { domain: [0, upTo] },
      marks: [
        Plot.gridY(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisY(ticks, { tickSize: 0, label: null }),
        Plot.axisX(ticks, { tickSize: 4, label: null, stroke: 'var(--soft)' }),
        Plot.line(chance, {
          x: ([x]: Points[number]) => x,
          y: ([, y]: Points[number]) => y,
          stroke: 'var(--soft)',
          strokeDasharray: '3 3',
        }),
        Plot.line(curve, {
          x: ([x]: Points[number]) => x,
          y: ([, y]: Points[number]) => y,
          stroke: 'var(--current)',
          strokeWidth: 2,
          strokeLinejoin: 'round',
        }),
      ],
    },
    words,
  );
}
