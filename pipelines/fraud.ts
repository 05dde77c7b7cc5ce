import {
  boolean,
  boosted,
  canary,
  category,
  definePipeline,
  env,
  facts,
  hour,
  logistic,
  number,
  postgres,
  tabm,
} from 'perennial';

/** Which card transactions will be charged back as fraud? Data to try it on: fraud/simulate.ts. */
export default definePipeline({
  name: 'fraud',
  description: 'Scores card transactions by how likely a chargeback is',

  source: postgres({
    connection: env('FRAUD_DB_URL'),
    table: 'transactions',
    key: 'transaction_id',
    time: 'occurred_at',
    entity: 'card_id',
    sensitive: ['entity'], // no report may name a card
    partition: '1 day',
    lateness: '1 hour',
    // Short, so that five days after a drift a good part of the training rows comes from after it.
    history: '14 days',
  }),

  columns: {
    amount: number({ min: 0.5, max: 20_000 }),
    amount_to_usual: number({ min: 0 }),
    merchant_category: category({
      levels: [
        'grocery',
        'restaurant',
        'fuel',
        'transport',
        'clothing',
        'electronics',
        'digital',
        'travel',
        'health',
        'marketplace',
      ],
    }),
    distance_from_home: number({ min: 0, max: 20_000, nulls: 0.03 }), // some terminals send no location
    transactions_24h: number({ min: 0, max: 200 }),
    device: category({ levels: ['chip', 'contactless', 'wallet', 'phone', 'desktop', 'tablet'] }),
    country: category({ levels: ['DE', 'FR', 'NL', 'BE', 'AT', 'ES', 'IT', 'PT', 'GB', 'US'] }),
    account_age_days: number({ min: 0 }),
    is_online: boolean(),
    hour_of_day: hour(),
  },

  label: {
    name: 'is_fraud',
    facts: facts.postgres({
      connection: env('FRAUD_DB_URL'),
      table: 'chargebacks',
      key: 'transaction_id',
      value: 'is_fraud',
      observedAt: 'observed_at',
    }),
    maturesAfter: '7 days',
    whenAbsent: 0,
  },

  expectations: { minRows: 5_000, freshWithin: '6 hours', labelShare: { min: 0.005, max: 0.05 } },
  splits: { train: 0.65, selection: 0.1, calibration: 0.1, holdout: 0.15 },
  candidates: [logistic(), tabm({ members: 8, epochs: 8 }), boosted()], // a few members and epochs: each is tried in seconds
  gates: {
    metric: 'averagePrecision',
    margin: 0.01,
    // Stolen cards, not their transactions: a thief buys several times.
    minPositives: 15,
    // A day's holdout rarely rules out a loss of 0.01, and thieves learn fast: a fresher model is worth the doubt.
    whenUnclear: 'fresher',
  },

  rollout: {
    // Of 4,000 transactions a day it sees 400 at 10 %: most of a day, and a slow one is no reason to call anybody.
    steps: canary({ bake: '3 hours', minRequests: 300, longest: '2 days' }),
  },

  drift: { window: '24 hours' },
  retraining: { debounce: '1 minute', cooldown: '6 hours', trainingsPerWeek: 7, afterDrift: '5 days' },
  schedules: { data: '0 2 * * *', retraining: '0 3 * * 0', prediction: 'off', monitoring: '0 * * * *' },
});
