import type { LeadsTo } from '../verdict.ts';

const words: Record<LeadsTo, string> = {
  asks: 'It alerts, and asks for a model.',
  asked: 'It alerts. A model has been asked for.',
  trains: 'It alerts. A training after it is under way.',
  trained: 'It alerts. No other model is asked for: one that was trained after it became the champion.',
};

/** What Perennial does about a change that calls for a model. Checks of earlier releases do not say. */
export const leadsToInWords = (leadsTo: LeadsTo | undefined): string =>
  leadsTo ? words[leadsTo] : 'It alerts, and asks for a model unless one was trained after it.';
