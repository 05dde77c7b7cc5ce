import { html, trusted, type Html } from '../../pages/html.ts';
import * as Plot from '@observablehq/plot';
import { DOMParser } from 'linkedom';

/** On Node, Plot takes its document as an option. */
const document = new DOMParser().parseFromString('<!doctype html><html></html>', 'text/html');

export interface Size {
  width: number;
  height: number;
}

/** Coordinates to a hundredth of a pixel: less to read, and the same on every machine. */
const rounded = (tag: string): string =>
  tag.replace(/\d+\.\d{3,}(e[-+]?\d+)?/g, (number) => String(+Number(number).toFixed(2)));

/** Draws, with a description in words; the drawing itself is hidden from screen readers. */
export function draw(options: Plot.PlotOptions, words: string): Html {
  const drawn = Plot.plot({ ...options, document }) as { outerHTML: string };
  // Plot would repeat its style block in each drawing; the page has it once. Its class name is Plot's version.
  const svg = drawn.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<svg [^>]*>/, (tag) => tag.replace(/ (class|font-family|font-size)="[^"]*"/g, ''))
    .replace(/<[^>]*>/g, rounded);
  return html`<div class="chart" role="img" aria-label="${words}">
    ${trusted(svg.replace('<svg', '<svg aria-hidden="true"'))}
  </div>`;
}

/** Two or three round shares on the vertical axis, the highest within the drawing. */
export function shareAxis(grid: typeof Plot.gridY, axis: typeof Plot.axisY, top: number): Plot.Markish[] {
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5];
  const step = steps.find((each) => top / each < 4) ?? 0.5;
  const ticks = Array.from({ length: Math.floor((top * 1.04) / step + 1e-9) }, (_, index) => (index + 1) * step);
  return [
    grid(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
    axis(ticks, { tickFormat: (share: number) => `${+(share * 100).toFixed(2)}\u00a0%`, tickSize: 0, label: null }),
  ];
}
