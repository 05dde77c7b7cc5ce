import { percent, type JudgedSnapshot, type OfTheWhole } from './expectation.ts';

export const labelShare: OfTheWhole<JudgedSnapshot> = {
  judge({ pipeline, labels }) {
    const allowed = pipeline.expectations.labelShare;
    if (!allowed || !labels || labels.rows === 0) return null;
    const share = labels.positives / labels.rows;
    return {
      column: pipeline.label.name,
      allowed: `${percent(allowed.min)} to ${percent(allowed.max)}`,
      observed: percent(share),
      passed: share >= allowed.min && share <= allowed.max,
    };
  },
};
