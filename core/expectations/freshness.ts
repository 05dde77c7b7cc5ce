import { instant, milliseconds } from '../time/time.ts';
import type { JudgedSnapshot, OfTheWhole } from './expectation.ts';

export const freshness: OfTheWhole<JudgedSnapshot> = {
  judge({ pipeline, summary: { newest }, asOf }) {
    const { freshWithin } = pipeline.expectations;
    if (freshWithin === undefined) return null;
    const oldestAllowed = instant(
      Date.parse(asOf) - milliseconds(pipeline.source.lateness) - milliseconds(freshWithin),
    );
    return {
      column: null,
      allowed: `at ${oldestAllowed} or later`,
      observed: newest ?? 'no rows',
      passed: newest !== null && newest >= oldestAllowed,
    };
  },
};
