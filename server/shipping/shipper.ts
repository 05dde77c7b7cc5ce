import { messageOf } from '../../core/base/errors.ts';
import { type Prediction, type PredictionLog } from '../../core/data/prediction-log.ts';
import { SECOND } from '../../core/time/time.ts';
import { parseSegment } from './segment.ts';
import { type Log, type Segment, type Spool } from './spool.ts';
import { within } from '../../core/time/time-limit.ts';

export interface ShipperOptions {
  spool: Spool;
  predictions: Pick<PredictionLog, 'append'>;
  log: Log;
  everyMs?: number;
}

export interface Shipper {
  /** Ships everything in the spool now; rejects, and keeps the rest, when the log cannot be written. */
  ship(): Promise<void>;
  start(): void;
  /** Ships what it can within this time; the rest waits on disk for the next start. */
  stop(withinMs: number): Promise<void>;
  readonly totals: Readonly<ShipperTotals>;
}

export interface ShipperTotals {
  shipped: number;
  /** Cut-off last lines of dead writers. */
  torn: number;
  /** Lines, and predictions with values that the log refuses, set aside for a person. */
  unreadable: number;
}

const BATCH = 1_000; // keeps a transaction short, and blocks the event loop only for a few milliseconds
const LONGEST_PAUSE = 30 * SECOND;

/** Moves the spool into the prediction log: at least once, and the log keeps each prediction once by its id. */
export function createShipper({ spool, predictions, log, everyMs = 500 }: ShipperOptions): Shipper {
  const totals: ShipperTotals = { shipped: 0, torn: 0, unreadable: 0 };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let stopped = false;
  let failures = 0;

  /** Appends a batch; returns how many predictions have values that the log refuses, found by halving the batch. */
  async function appendSound(batch: Prediction[]): Promise<number> {
    try {
      totals.shipped += await predictions.append(batch);
      return 0;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (batch.length === 1) {
        log.error(
          { id: batch[0]?.id, pipeline: batch[0]?.pipeline },
          `the log refuses a prediction: ${messageOf(error)}`,
        );
        return 1;
      }
      const middle = Math.ceil(batch.length / 2);
      return (await appendSound(batch.slice(0, middle))) + (await appendSound(batch.slice(middle)));
    }
  }

  async function shipSegment(segment: Segment): Promise<void> {
    const content = await parseSegment(await spool.read(segment));
    let refused = content.unreadable;
    for (let i = 0; i < content.predictions.length; i += BATCH)
      refused += await appendSound(content.predictions.slice(i, i + BATCH));
    if (content.torn) {
      totals.torn++;
      log.warn({ segment: segment.name }, 'skipped the last line of a spool segment, which was cut off');
    }
    if (refused === 0) return spool.remove(segment);
    totals.unreadable += refused;
    log.error({ segment: segment.name, lines: refused }, 'set aside a spool segment with lines that cannot be logged');
    spool.setAside(segment);
  }

  async function shipAll(): Promise<void> {
    spool.rotate();
    try {
      for (let segment = spool.hold(); segment !== null; segment = spool.hold()) await shipSegment(segment);
    } finally {
      spool.release();
    }
  }

  /** One pass at a time; a call during a pass waits for it and then makes its own. */
  async function ship(): Promise<void> {
    while (running) await running.catch(() => undefined);
    running = shipAll();
    try {
      await running;
      if (failures > 0) log.info({ attempts: failures }, 'predictions reach the log again');
      failures = 0;
    } catch (error) {
      if (failures++ === 0) log.warn(`predictions are waiting in the spool: ${messageOf(error)}`);
      throw error;
    } finally {
      running = null;
    }
  }

  function plan(): void {
    if (stopped) return;
    const pause = failures === 0 ? everyMs : Math.min(LONGEST_PAUSE, SECOND * 2 ** Math.min(failures - 1, 10));
    timer = setTimeout(() => {
      void (spool.segments > 0 ? ship() : Promise.resolve()).catch(() => undefined).finally(plan);
    }, pause);
  }

  return {
    ship,
    start: plan,
    async stop(withinMs) {
      stopped = true;
      clearTimeout(timer);
      await within(withinMs, 'shipping the rest', ship()).catch((error: unknown) => {
        log.warn({ bytes: spool.bytes }, `predictions stay in the spool for the next start: ${messageOf(error)}`);
      });
    },
    totals,
  };
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity violation): a retry would fail again. */
function isRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as Error & { code?: unknown };
    if (typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code)) return true;
  }
  return false;
}
