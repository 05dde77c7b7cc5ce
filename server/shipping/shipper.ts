import { messageOf } from '../../core/base/errors/errors.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { SECOND } from '../../core/time/time.ts';
import { parseJsonSegment } from './json-segment.ts';
import { type Format, type Log, type Segment } from './segments.ts';
import { type Spool } from './spool.ts';
import { within } from '../../core/time/time-limit.ts';
import { Readable } from 'node:stream';

export interface ShipperOptions {
  spool: Spool;
  predictions: Pick<PredictionLog, 'append'>;
  log: Log;
  everyMs?: number;
  /** How many segments are shipped at once. */
  connections?: number;
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

const CONNECTIONS = 3;
const LONGEST_PAUSE = 30 * SECOND;

/** Moves the spool into the prediction log: at least once, and the log keeps each prediction once by its id. */
export function createShipper({
  spool,
  predictions,
  log,
  everyMs = 500,
  connections = CONNECTIONS,
}: ShipperOptions): Shipper {
  const { closed } = spool;
  const totals: ShipperTotals = { shipped: 0, torn: 0, unreadable: 0 };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let stopped = false;
  let failures = 0;

  /** Ships a segment as it is; returns how many of its lines the log refuses. */
  async function shipLines(segment: Segment): Promise<number> {
    try {
      totals.shipped += await predictions.append({ lines: () => closed.read(segment), counts: segment.counts });
      return 0;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const lines = (await textOf(segment)).split('\n').slice(0, -1);
      return shipSound(lines.map((line) => `${line}\n`));
    }
  }

  async function shipJson(segment: Segment): Promise<number> {
    const { lines, torn, unreadable } = await parseJsonSegment(await textOf(segment));
    segment.torn = torn;
    return unreadable + (lines.length > 0 ? await shipSound(lines) : 0);
  }

  /** Appends lines; returns how many have values that the log refuses, found by halving. */
  async function shipSound(lines: string[]): Promise<number> {
    const bytes = Buffer.from(lines.join(''));
    try {
      totals.shipped += await predictions.append({ lines: () => Readable.from([bytes]), counts: new Map() });
      return 0;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (lines.length === 1) {
        const [id, pipeline] = lines[0]!.split('\t');
        log.error({ id, pipeline }, `the log refuses a prediction: ${messageOf(error)}`);
        return 1;
      }
      const middle = Math.ceil(lines.length / 2);
      return (await shipSound(lines.slice(0, middle))) + (await shipSound(lines.slice(middle)));
    }
  }

  async function textOf(segment: Segment): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of closed.read(segment)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  const ways: Record<Format, (segment: Segment) => Promise<number>> = { copy1: shipLines, jsonl: shipJson };

  async function shipSegment(segment: Segment): Promise<void> {
    const refused = await ways[segment.format](segment);
    if (segment.torn) {
      totals.torn++;
      log.warn({ segment: segment.name }, 'skipped the last line of a spool segment, which was cut off');
    }
    if (refused === 0) return closed.remove(segment);
    totals.unreadable += refused;
    log.error({ segment: segment.name, lines: refused }, 'set aside a spool segment with lines that cannot be logged');
    closed.setAside(segment);
  }

  async function shipSome(): Promise<void> {
    for (let segment = closed.take(); segment !== null; segment = closed.take()) {
      try {
        await shipSegment(segment);
      } finally {
        closed.release(segment);
      }
    }
  }

  async function shipAll(): Promise<void> {
    spool.rotate();
    const ended = await Promise.allSettled(Array.from({ length: connections }, shipSome));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
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
