import { boolean, category, definePipeline, env, facts, hour, http, linear, mlp, number } from 'perennial';

/** How much fine dust will be in the air this time tomorrow? Data to try it on: air-quality/readings.ts. */
export default definePipeline({
  name: 'air-quality',
  description:
    'Forecasts the fine dust (PM2.5, in micrograms per cubic metre) at a station for the same hour of the next day',

  source: http({
    connection: env('AIR_QUALITY_API_URL'),
    path: '/readings',
    key: 'reading_id',
    time: 'measured_at',
    entity: 'station',
    pageSize: 1_000,
    // A station that was cut off sends what it measured when the line is back, at most three hours later.
    lateness: '3 hours',
    // Short, so that a week after a drift a good part of the training rows comes from after it.
    history: '14 days',
  }),

  columns: {
    station_kind: category({ levels: ['traffic', 'urban', 'suburban', 'rural'] }),
    pm25: number({ min: 0, max: 1_000, nulls: 0.05 }), // a sensor that is being cleaned measures nothing
    pm25_mean_24h: number({ min: 0, max: 1_000 }),
    no2: number({ min: 0, max: 1_000, nulls: 0.05 }),
    temperature: number({ min: -50, max: 60 }),
    humidity: number({ min: 0, max: 100 }),
    wind_speed: number({ min: 0, max: 80 }),
    temperature_tomorrow: number({ min: -50, max: 60 }),
    wind_speed_tomorrow: number({ min: 0, max: 80 }),
    rain_tomorrow: number({ min: 0, max: 200 }),
    weekend_tomorrow: boolean(),
    hour_of_day: hour(),
  },

  label: {
    name: 'pm25_tomorrow',
    kind: 'number',
    facts: facts.http({
      connection: env('AIR_QUALITY_API_URL'),
      path: '/outcomes',
      key: 'reading_id',
      value: 'pm25',
      observedAt: 'observed_at',
    }),
    // The next day's reading, and time for it to come late.
    maturesAfter: '27 hours',
  },

  expectations: { minRows: 5_000, freshWithin: '6 hours' },
  // Intervals are measured on the selection split, too: next to nothing is kept for calibration.
  splits: { train: 0.7, selection: 0.1, calibration: 0.02, holdout: 0.18 },
  candidates: [linear({ batchSize: 128 }), mlp({ hidden: [32, 16], epochs: 20, batchSize: 128, dropout: 0 })],
  gates: { metric: 'rmse', margin: 0.1 },

  // Weather comes in fronts that last for days: the alarm knows how far such means wander by themselves.
  drift: { of: 'data' },
  retraining: { debounce: '1 minute', cooldown: '1 day', afterDrift: '7 days' },
  schedules: {
    data: '30 5 * * *',
    retraining: '0 2 * * 0',
    prediction: '0 6 * * *',
    monitoring: '0 */6 * * *',
    lifecycle: '0 0 * * 6',
  },
});
