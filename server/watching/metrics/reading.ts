import { within } from '../../../core/time/time-limit.ts';
import { SECOND } from '../../../core/time/time.ts';
import { Gauge, type Registry } from 'prom-client';

/** Scrapes wait for ten seconds by default. */
const PATIENCE_MS = 5 * SECOND;

/** Adds a gauge, filled from what was read. */
export type AddGauge<Facts> = <Label extends string = never>(
  name: string,
  help: string,
  labelNames: Label[],
  fill: (gauge: Gauge<Label>, facts: Facts) => void,
) => void;

/**
 * Gauges of one reading of the database: made when one of them is scraped, for all of them and for the scrapes that come
 * while it is under way or fresh. Without an answer there are no series, and NaN for
 * those without labels.
 */
export function gaugesOf<Facts>(
  registry: Registry,
  what: string,
  read: () => Promise<Facts>,
  freshMs = 0,
): AddGauge<Facts> {
  let reading: Promise<Facts | null> | null = null;
  const facts = (): Promise<Facts | null> => {
    reading ??= read()
      .catch(() => null)
      .then((found) => {
        const forget = (): void => void (reading = null);
        if (found === null || freshMs === 0) forget();
        else setTimeout(forget, freshMs).unref();
        return found;
      });
    return within(PATIENCE_MS, what, reading).catch(() => null);
  };
  return (name, help, labelNames, fill) => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const found = await facts();
        this.reset();
        if (found) fill(this, found);
        else if (labelNames.length === 0) this.set(NaN); // it says 0 otherwise
      },
    });
  };
}
