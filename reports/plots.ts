import { type Bar, type NumberBars } from './bins.ts';
import { change, percent, signed } from './format.ts';
import { html, trusted, type Html } from './html.ts';
import * as Plot from '@observablehq/plot';
import { DOMParser } from 'linkedom';

/** On Node, Plot takes its document as an option. */
const document = new DOMParser().parseFromString('<!doctype html><html></html>', 'text/html');

export interface Size {
  width: number;
  height: number;
}

const CHARACTER = 6.6; // of the axis font, in pixels, on the wide side

/** Coordinates to a hundredth of a pixel: less to read, and the same on every machine. */
const rounded = (tag: string): string =>
  tag.replace(/\d+\.\d{3,}(e[-+]?\d+)?/g, (number) => String(+Number(number).toFixed(2)));

/** Draws, and says in words what is drawn; the drawing itself is hidden from screen readers. */
function draw(options: Plot.PlotOptions, words: string): Html {
  const drawn = Plot.plot({ ...options, document }) as { outerHTML: string };
  // Plot's own style block would come once a drawing; the page says the same once. Its class name is Plot's version.
  const svg = drawn.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<svg [^>]*>/, (tag) => tag.replace(/ (class|font-family|font-size)="[^"]*"/g, ''))
    .replace(/<[^>]*>/g, rounded);
  return html`<div class="chart" role="img" aria-label="${words}">
    ${trusted(svg.replace('<svg', '<svg aria-hidden="true"'))}
  </div>`;
}

/** Paired bars over the runs of a numeric column: the wide pale one is the reference, the narrow one in front is now. */
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

/** Two or three round shares on the upright axis, the highest within the drawing. */
function shareAxis(grid: typeof Plot.gridY, axis: typeof Plot.axisY, top: number): Plot.Markish[] {
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5];
  const step = steps.find((each) => top / each < 4) ?? 0.5;
  const ticks = Array.from({ length: Math.floor((top * 1.04) / step + 1e-9) }, (_, index) => (index + 1) * step);
  return [
    grid(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
    axis(ticks, { tickFormat: (share: number) => `${+(share * 100).toFixed(2)}\u00a0%`, tickSize: 0, label: null }),
  ];
}

/** Leaves out labels that would run into the one before. */
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

/** Paired bars lying down, a row a level, with both shares in figures at the end. */
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

const shortened = (text: string, most: number): string => {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}\u2026` : text;
};

const logit = (score: number): number => Math.log(score / (1 - score));
const scoreTicks = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999];

/**
 * Scores over log-odds, where the score's bins are equally wide, so that the many near 0 do not hide in one bar. The
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

/** A share of columns against the two thresholds it is held to. */
export function levelMeter(share: number, thresholds: { warn: number; severe: number }, words: string): Html {
  const end = Math.max(0.5, share * 1.15, thresholds.severe * 1.5);
  const marks = [
    { at: thresholds.warn, label: `drifting from ${percent(thresholds.warn, 0)}`, anchor: 'end' as const },
    { at: thresholds.severe, label: `severe from ${percent(thresholds.severe, 0)}`, anchor: 'start' as const },
  ];
  return draw(
    {
      width: 480,
      height: 52,
      marginLeft: 1,
      marginRight: 1,
      marginTop: 4,
      marginBottom: 24,
      x: { domain: [0, end], axis: null },
      y: { domain: [0, 1], axis: null },
      marks: [
        Plot.rect([0], { x1: 0, x2: end, y1: 0.2, y2: 0.8, fill: 'var(--wash)', rx: 4 }),
        Plot.rect([0], { x1: 0, x2: Math.min(end, share), y1: 0.2, y2: 0.8, fill: 'var(--current)', rx: 4 }),
        Plot.text([share], { x: Math.min(end, share), y: 0.5, text: () => percent(share), textAnchor: 'start', dx: 8 }),
        Plot.ruleX(marks, { x: 'at', stroke: 'var(--mark)', strokeWidth: 1.5 }),
        Plot.text(marks.slice(0, 1), {
          x: 'at',
          text: 'label',
          textAnchor: 'end',
          frameAnchor: 'bottom',
          dy: 16,
          dx: 2,
        }),
        Plot.text(marks.slice(1), {
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

/** A difference with its interval, beside zero and the margin that a gate asks for. */
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
