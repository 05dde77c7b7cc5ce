import { sha256 } from './sha256.ts';
import { shortTime, type Instant } from '../time/time.ts';

/** JSON with sorted keys and without undefined, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** An id that is the same wherever the same value is, and short enough to read aloud. */
export const contentId = (value: unknown): string => sha256(canonicalJson(value)).slice(0, 16);

/**
 * extractionId('fraud', { kind: 'rows', ... }) // => 'fraud/3fa9c1d2b4e5f607': pipelines that read the same rows share
 * no part
 */
export const extractionId = (pipeline: string, reading: unknown): string => ofPipeline(pipeline, contentId(reading));
/** A run that began before extraction ids named their pipeline continues with the second half alone. */
export const ofPipeline = (pipeline: string, extraction: string): string =>
  extraction.includes('/') ? extraction : `${pipeline}/${extraction}`;

/** The loops whose runs are each for one time. */
export const loops = ['data', 'training', 'prediction', 'monitoring', 'lifecycle'] as const;
export type Loop = (typeof loops)[number];
/** Retraining has one run for ever, rollout one for each version that is to get traffic, and experiment one for each. */
export type AnyLoop = Loop | 'retraining' | 'rollout' | 'experiment';

/** cycleId('fraud', '2026-01-11T03:00:00.000Z', '3fa9c1...') // => 'fraud-2026-01-11T03:00Z-3fa9c1' */
export const cycleId = (pipeline: string, asOf: Instant, request: string): string =>
  `${pipeline}-${shortTime(asOf)}-${request.slice(0, 6)}`;

/**
 * rolloutId('fraud', 3, 7, 1) // => 'fraud-v3-g7-1': the first that somebody asked for of v3 at this generation of the
 * traffic
 */
export const rolloutId = (pipeline: string, version: number, generation: number, number: number): string =>
  `${pipeline}-${versionName(version)}-g${generation}-${number}`;

/** experimentId('fraud', 2) // => 'fraud-e2': the second experiment of the pipeline */
export const experimentId = (pipeline: string, number: number): string => `${pipeline}-e${number}`;

/** How a version is written and read: versionName(3) // => 'v3' */
export const versionName = (version: number): string => `v${version}`;
