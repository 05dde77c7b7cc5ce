import { type Registry } from 'prom-client';

/** The metrics of one process at one moment. */
export type Measured = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** What a process of the server sends to its supervisor. */
export type ToSupervisor =
  | { kind: 'ready'; address: string }
  /** Asks for the metrics of all processes. */
  | { kind: 'scrape'; id: number }
  | { kind: 'measured'; id: number; metrics: Measured };

/** What it hears, besides "stop" (server/protocols/stopping.ts). */
export type ToProcess = { kind: 'measure'; id: number } | { kind: 'scraped'; id: number; metrics: Measured[] };
