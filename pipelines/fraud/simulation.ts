import { type SimulatedEvent, type Simulation } from '../../core/sources/simulation.ts';
import { createFraudSimulator } from './simulate.ts';

/** The fraud example's data for `npm start` and the demo: transactions, and chargebacks days later. */
export default {
  connection: 'FRAUD_DB_URL',
  tables: new URL('tables.sql', import.meta.url),
  perDay: 4_000,
  drift: 'customers and thieves behave differently',
  factsWithin: '11 days',
  create({ seed, perDay, driftSince }) {
    const simulator = createFraudSimulator({ seed, perDay, ...(driftSince && { drift: { since: driftSince } }) });
    return {
      *between(from, to): Generator<SimulatedEvent> {
        for (const { transaction, chargeback } of simulator.between(from, to))
          yield {
            row: { table: 'transactions', values: { ...transaction }, at: transaction.occurred_at },
            facts: chargeback ? [{ table: 'chargebacks', values: { ...chargeback }, at: chargeback.observed_at }] : [],
          };
      },
    };
  },
} satisfies Simulation;
