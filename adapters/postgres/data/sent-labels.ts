import type { SentLabels } from '../../../core/data/labels/sent-labels.ts';
import type { Database } from '../database.ts';
import { writeFacts } from './labels.ts';

export const createSentLabels = (database: Database): SentLabels => ({
  async record(pipeline, facts, knownAt) {
    if (facts.length === 0) return 0;
    // A sender's clock may be ahead: what is known later than now would not be found, and recorded again.
    const latest = facts.reduce((last, { observedAt }) => (observedAt > last ? observedAt : last), knownAt);
    return writeFacts(database, pipeline, facts, latest);
  },
});
