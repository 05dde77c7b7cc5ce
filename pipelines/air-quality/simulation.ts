import { type SimulatedEvent, type Simulation } from '../../core/sources/simulation.ts';
import { createStations } from './readings.ts';

/** The air-quality example's data for `npm start`: hourly readings of a network of stations, and a day later what came. */
export default {
  connection: 'AIR_QUALITY_API_URL',
  tables: null,
  perDay: 960,
  drift: 'every station has a new kind of sensor, and city centres are closed to old cars',
  factsWithin: '27 hours',
  create({ seed, perDay, driftSince }) {
    const network = createStations({ seed, stations: Math.max(1, Math.round(perDay / 24)), driftSince });
    return {
      *between(from, to): Generator<SimulatedEvent> {
        for (const { reading, arrivesAt, outcome } of network.between(from, to))
          yield {
            row: { table: '/readings', values: { ...reading }, at: arrivesAt },
            facts: outcome ? [{ table: '/outcomes', values: { ...outcome }, at: outcome.observed_at }] : [],
          };
      },
    };
  },
} satisfies Simulation;
