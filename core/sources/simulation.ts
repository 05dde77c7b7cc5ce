import type { Row } from '../data/data.ts';
import type { Instant } from '../time/time.ts';

/** A row that appears in one of the source's tables, or under one of its API's paths, at a moment. */
export interface SimulatedRow {
  /** The table's name or the path, as the declaration has it. */
  table: string;
  values: Row;
  /** When it can be read: with the row's own time, or later where rows come late. */
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
  /** The variable that names the source's database or API, as the declaration does. */
  connection: string;
  /** SQL that makes the source's tables unless they are there; null: the source is an API, which is served. */
  tables: URL | null;
  /** How many rows a day make a lively demonstration that a laptop does not feel. */
  perDay: number;
  /** What changes when drift is injected, to end a sentence that begins "from now on". */
  drift: string;
  /** No fact comes later than this after its event. */
  factsWithin: string;
  /** Events whose row's own time lies in from <= time < to, in time order. */
  create(options: SimulationOptions): { between(from: Instant, to: Instant): Iterable<SimulatedEvent> };
}
