import type { Verdict } from '../drift/verdict.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { EstimatedSlice, EstimatedSlices } from './estimated-slices.ts';

/** What is estimated of the champion's declared slices, beside what labels say of earlier days. */
interface SlicesBeside extends Pick<EstimatedSlices, 'of' | 'from' | 'to' | 'metric'> {
  slices: (EstimatedSlice & { labelled: Metrics | null })[];
}

/** Why no declared slice is estimated; null: some are, or none is declared. */
export function whyNotSliced({ estimatedSlices: found }: Pick<Verdict, 'estimatedSlices'>): string | null {
  if (found?.slices.length !== 0) return null;
  return found.unscored ?? "the estimates failed; the worker's log says why";
}

/** null: none is declared, or the champion scored no row of them, though all rows tell of them. */
export function slicesBeside(
  { estimatedSlices: found, performance, version }: Pick<Verdict, 'estimatedSlices' | 'performance' | 'version'>, // prettier-ignore
): SlicesBeside | null {
  if (!found?.slices.some(({ rows, lacks }) => rows > 0 || lacks)) return null;
  const labelled = performance.find((each) => each.version === version)?.slices ?? [];
  const metricsOf = (of: string): Metrics | null => labelled.find(({ name }) => name === of)?.metrics ?? null;
  return { ...found, slices: found.slices.map((slice) => ({ ...slice, labelled: metricsOf(slice.name) })) };
}
