import { type Row } from './data.ts';
import { type Instant } from './time.ts';

/** A row that appears in one of the source's tables at a moment. */
export interface SimulatedRow {
  table: string;
  values: Row;
  at: Instant;
}

/** Something that happened: its row, and the label facts that come of it later. */
export interface SimulatedEvent {
  row: SimulatedRow;
  facts: SimulatedRow[];
}

export interface SimulationOptions {
  seed: number;
  perDay: number;
  /** From when the world behaves differently; null: it stays as it is. */
  driftSince: Instant | null;
}

/**
 * What an example brings so that it can be tried without data: the default export of `pipelines/NAME/simulation.ts`.
 * The same options give the same events, whatever stretch of time is asked for.
 */
export interface Simulation {
  /** The variable that names the source's database, as the declaration does. */
  connection: string;
  /** SQL that makes the source's tables unless they are there. */
  tables: URL;
  /** No fact comes later than this after its event. */
  factsWithin: string;
  create(options: SimulationOptions): { between(from: Instant, to: Instant): Iterable<SimulatedEvent> };
}
