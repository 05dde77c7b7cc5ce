import { draw, shareAxis, type Size } from './draw.ts';
import { type Html } from '../../pages/html.ts';
import * as Plot from '@observablehq/plot';

const logit = (score: number): number => Math.log(score / (1 - score));
const scoreTicks = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999];

/**
 * Scores over log-odds, where the score's bins are equally wide, so the many near 0 do not hide in one bar. The
 * reference is a filled area, the current window a line.
 */
export function scorePlot(
  edges: readonly number[],
  reference: readonly number[],
  current: readonly number[],
  size: Size,
  words: string,
): Html {
  const inner = edges.map(logit);
  const step = (inner.at(-1)! - inner[0]!) / Math.max(1, inner.length - 1);
  const starts = [inner[0]! - step, ...inner];
  const seen = starts.flatMap((_, bin) => (Math.max(reference[bin] ?? 0, current[bin] ?? 0) > 5e-4 ? [bin] : []));
  const first = Math.max(0, (seen[0] ?? 0) - 1);
  const last = Math.min(starts.length - 1, (seen.at(-1) ?? starts.length - 1) + 1);
  const bins = starts.slice(first, last + 1).map((start, index) => ({
    start,
    end: start + step,
    reference: reference[first + index] ?? 0,
    current: current[first + index] ?? 0,
  }));
  const outline = bins.flatMap((bin) => [
    { x: bin.start, y: bin.current },
    { x: bin.end, y: bin.current },
  ]);
  const low = bins[0]!.start;
  const high = bins.at(-1)!.end;
  const top = Math.max(0.01, ...bins.flatMap((bin) => [bin.reference, bin.current]));
  const ticks = scoreTicks.filter((score) => logit(score) > low && logit(score) < high);
  return draw(
    {
      ...size,
      marginLeft: 36,
      marginRight: 12,
      marginTop: 10,
      marginBottom: 22,
      x: { type: 'linear', domain: [low, high] },
      y: { domain: [0, top * 1.06] },
      marks: [
        ...shareAxis(Plot.gridY, Plot.axisY, top),
        Plot.rect(bins, { x1: 'start', x2: 'end', y1: 0, y2: 'reference', fill: 'var(--reference)' }),
        Plot.line(outline, { x: 'x', y: 'y', stroke: 'var(--current)', strokeWidth: 2, strokeLinejoin: 'round' }),
        Plot.ruleY([0], { stroke: 'var(--soft)' }),
        Plot.axisX(ticks.map(logit), {
          tickFormat: (_: number, index: number) => String(ticks[index]),
          tickSize: 4,
          label: null,
          stroke: 'var(--soft)',
        }),
      ],
    },
    words,
  );
}
