import { shortened } from '../../core/base/shortened.ts';
import { type Bar, type NumberBars } from './bins.ts';
import { draw, shareAxis, type Size } from './draw.ts';
import { change, percent } from '../../pages/format.ts';
import { type Html } from '../../pages/html.ts';
import * as Plot from '@observablehq/plot';

const CHARACTER = 6.6; // width in the axis font, in pixels, rounded up

/**
 * Paired bars over the runs of a numeric column: the wide pale one is the reference, the narrow one in front is now.
 */
export function numberPlot({ bars, ticks }: NumberBars, size: Size, words: string): Html {
  const at = bars.map((bar, index) => ({ ...bar, index }));
  const top = Math.max(0.01, ...bars.flatMap((bar) => [bar.reference, bar.current]));
  const marginLeft = 36;
  const marginRight = 8;
  const shown = fitting(ticks, bars.length, size.width - marginLeft - marginRight);
  const labels = new Map(shown.map((tick) => [tick.position, tick.label]));
  return draw(
    {
      ...size,
      marginLeft,
      marginRight,
      marginTop: 10,
      marginBottom: 22,
      x: { type: 'linear', domain: [0, bars.length] },
      y: { domain: [0, top * 1.04] },
      marks: [
        ...shareAxis(Plot.gridY, Plot.axisY, top),
        Plot.rect(at, {
          x1: (b) => b.index + 0.06,
          x2: (b) => b.index + 0.94,
          y1: 0,
          y2: 'reference',
          fill: 'var(--reference)',
        }),
        Plot.rect(at, {
          x1: (b) => b.index + 0.32,
          x2: (b) => b.index + 0.68,
          y1: 0,
          y2: 'current',
          fill: 'var(--current)',
        }),
        Plot.ruleY([0], { stroke: 'var(--soft)' }),
        Plot.axisX([...labels.keys()], {
          tickFormat: (position: number) => labels.get(position) ?? '',
          tickSize: 4,
          label: null,
          stroke: 'var(--soft)',
        }),
      ],
    },
    words,
  );
}

/** Omits labels that would overlap the previous one. */
function fitting(ticks: NumberBars['ticks'], positions: number, width: number): NumberBars['ticks'] {
  let free = -Infinity;
  return ticks.filter(({ position, label }) => {
    const centre = (position / positions) * width;
    const half = (label.length * CHARACTER) / 2;
    if (centre - half < free) return false;
    free = centre + half + 9;
    return true;
  });
}

/** Paired horizontal bars, a row per level, with both shares in figures at the end. */
export function levelPlot(
  bars: readonly Bar[],
  { width, characters }: { width: number; characters: number },
  words: string,
): Html {
  const rows = bars.map((bar, index) => ({ ...bar, index, name: shortened(bar.label, characters) }));
  const longest = Math.max(0, ...rows.map((row) => row.name.length));
  const top = Math.max(0.01, ...rows.flatMap((row) => [row.reference, row.current]));
  return draw(
    {
      width,
      height: rows.length * 26 + 8,
      marginLeft: Math.min(130, longest * CHARACTER + 12),
      marginRight: 116,
      marginTop: 4,
      marginBottom: 4,
      x: { domain: [0, top], axis: null },
      y: { type: 'linear', domain: [0, Math.max(1, rows.length)], reverse: true, axis: null },
      marks: [
        Plot.rect(rows, {
          x1: 0,
          x2: 'reference',
          y1: (b) => b.index + 0.08,
          y2: (b) => b.index + 0.92,
          fill: 'var(--reference)',
        }),
        Plot.rect(rows, {
          x1: 0,
          x2: 'current',
          y1: (b) => b.index + 0.33,
          y2: (b) => b.index + 0.67,
          fill: 'var(--current)',
        }),
        Plot.text(rows, { x: 0, y: (b) => b.index + 0.5, text: 'name', textAnchor: 'end', dx: -8 }),
        Plot.text(rows, {
          frameAnchor: 'right',
          y: (b) => b.index + 0.5,
          text: (b) => change(percent(b.reference), percent(b.current)),
          textAnchor: 'end',
          dx: 114,
        }),
      ],
    },
    words,
  );
}
