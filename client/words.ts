import { versionName } from '../core/base/ids.ts';
import { metricKinds, metricNamesOf } from '../core/metrics/index.ts';
import { labelKindOf, type Metrics } from '../core/metrics/metrics.ts';
import type { ModelVersion } from '../core/training/training.ts';

/** Rows as aligned columns, the way `ls -l` does. */
export function columns(rows: string[][]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** '2026-01-03T02:00:00.000Z' // => '2026-01-03 02:00' */
export const time = (instant: string): string => instant.slice(0, 16).replace('T', ' ');
/** took('2026-01-03T02:00:00.000Z', '2026-01-03T02:01:05.000Z') // => '1 min 5 s' */
export function took(from: string, to: string): string {
  const exact = (Date.parse(to) - Date.parse(from)) / 1000;
  if (exact < 9.95) return `${exact.toFixed(1)} s`;
  const seconds = Math.round(exact); // before it is cut into minutes, or there were 60 s in one
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
export const figure = (value: number | null | undefined): string => (value == null ? '-' : value.toFixed(3));

export const metricsInWords = (metrics: Metrics): string =>
  metricNamesOf(labelKindOf(metrics))
    .map((name) => `${metricKinds[name].title} ${figure(metrics[name])}`)
    .join(', ');

export const versionInWords = (version: ModelVersion): string =>
  `${versionName(version.version)} (${version.candidate}), trained ${time(version.asOf)}: ${metricsInWords(version.evaluation.challenger)}`;
