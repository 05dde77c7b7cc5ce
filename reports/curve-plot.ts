import { draw } from './draw.ts';
import { type Html } from '../pages/html.ts';
import * as Plot from '@observablehq/plot';

type Points = readonly (readonly [x: number, y: number])[];

/** A curve from 0 to 1 both ways, and what chance would draw. */
export function curvePlot(curve: Points, chance: Points, words: string): Html {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return draw(
    {
      width: 320,
      height: 240,
      marginLeft: 36,
      marginRight: 12,
      marginTop: 10,
      marginBottom: 22,
      x: { type: 'linear', domain: [0, 1] },
      y: { domain: [0, 1] },
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
