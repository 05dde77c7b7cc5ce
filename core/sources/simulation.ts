import type { Row } from '../data/data.ts';
import type { Instant } from '../time/time.ts';

/** A row that appears at some time in one of the source's tables, or under one of its API's paths. */
export interface SimulatedRow {
  /** The table's name or the path, as the declaration has it. */
  table: string;
  values: Row;
  /** When it can be read: at the row's own time, or later if rows are late. */
  at: Instant;
}

/** An event: its row, and the label facts that follow later. */
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
 * Lets an example run without data: the default export of `pipelines/NAME/simulation.ts`. The same options give the
 * same events, for any stretch of time.
 */
export interface Simulation {
  /** The variable that names the source's database or API, as the declaration does. */
  connection: string;
  /** SQL that makes the source's tables unless they are there; null: the source is an API, which is served. */
  tables: URL | null;
  /** Rows a day for a lively demonstration that does not slow a laptop. */
  perDay: number;
  /** What changes when drift is injected, to end a sentence that begins "from now on". */
  drift: string;
  /** The latest that a fact follows its event. */
  factsWithin: string;
  /** Events whose row's own time lies in from <= time < to, in time order. */
  create(options: SimulationOptions): { between(from: Instant, to: Instant): Iterable<SimulatedEvent> };
}
