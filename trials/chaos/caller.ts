import { type Row } from '../../core/data/data.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { requestFor } from '../../local/simulation/traffic.ts';
import { type Keeper } from './keeper.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** The application: it requests predictions all the time, and remembers every answer. */
export interface Caller {
  /** What it asks about from now on, over and over. */
  rows(rows: Row[]): void;
  /** The ids of all predictions that were answered. */
  answered: Set<string>;
  /** Rows sent without an answer: their predictions may be in the log or not. */
  unsure(): number;
  /** Requests that failed although the server was not hit. */
  failed: string[];
  /** Resolves when it has no question under way; it asks again when it is given rows. */
  rest(): Promise<void>;
  stop(): Promise<void>;
}

const ROWS_AT_ONCE = 20;
const PAUSE_MS = 150;
const PATIENCE_MS = 10_000;

export function startCaller(serverUrl: string, pipeline: Pipeline, server: Keeper): Caller {
  const answered = new Set<string>();
  const failed: string[] = [];
  let [rows, next, unsure, stopped] = [[] as Row[], 0, 0, false];

  async function ask(): Promise<void> {
    const about = rows;
    const batch = Array.from({ length: ROWS_AT_ONCE }, () => requestFor(pipeline, about[next++ % about.length]!));
    const before = server.struck();
    try {
      const response = await fetch(`${serverUrl}/predict/${pipeline.name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rows: batch }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!response.ok) throw new Error(`it answered ${response.status}: ${await response.text()}`);
      const { predictions } = (await response.json()) as { predictions: { id: string }[] };
      for (const { id } of predictions) answered.add(id);
    } catch (error) {
      // Without a listener nothing can have been logged.
      if (!wasRefused(error)) unsure += batch.length;
      const now = server.struck();
      if (before.down || now.down || now.times !== before.times) return;
      const cause = error instanceof Error && error.cause ? ` (${messageOf(error.cause)})` : '';
      failed.push(`${new Date().toISOString()} ${messageOf(error)}${cause}`);
    }
  }

  let asking = Promise.resolve();
  const ended = (async () => {
    while (!stopped) {
      if (rows.length > 0) await (asking = ask());
      await sleep(PAUSE_MS);
    }
  })();
  return {
    rows: (now) => void ([rows, next] = [now, 0]),
    answered,
    failed,
    unsure: () => unsure,
    async rest() {
      rows = [];
      await asking;
    },
    async stop() {
      stopped = true;
      await ended;
    },
  };
}

const wasRefused = (error: unknown): boolean =>
  error instanceof Error && (error.cause as { code?: string } | undefined)?.code === 'ECONNREFUSED';
