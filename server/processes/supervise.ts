import { MINUTE, SECOND } from '../../core/time/time.ts';
import { type ToSupervisor } from './messages.ts';
import { type Place } from './place.ts';
import { createScrapes, type Peer } from './scraping.ts';
import { type Log } from '../shipping/spool.ts';
import cluster, { type Worker } from 'node:cluster';
import { Counter, Gauge, Registry } from 'prom-client';
import { fileURLToPath } from 'node:url';

/** A process that lived this long has recovered: its successor starts at once. */
const STEADY = MINUTE;
const LONGEST_PAUSE = 30 * SECOND;
const RUNNER = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const SERVER = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface Supervisor {
  /** The address, once all processes listen; rejects when one ends before that. */
  ready: Promise<string>;
  /** Asks all processes to finish their requests and end; kills those that take longer than they may. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  count: number;
  /** How long a process may take to end. */
  graceMs: number;
  log: Log;
  /** Starts one of them. */
  fork?: (place: Place) => Worker;
}

/** pauseAfter(1) // => 1000, then doubled for each early death in a row; 0 after a long life */
export const pauseAfter = (earlyDeaths: number): number =>
  earlyDeaths === 0 ? 0 : Math.min(LONGEST_PAUSE, SECOND * 2 ** Math.min(earlyDeaths - 1, 10));

function forkServer({ index, count }: Place): Worker {
  cluster.setupPrimary({
    exec: RUNNER,
    args: [SERVER, '--process', String(index)],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced', // JSON has no NaN
  });
  return cluster.fork({ PERENNIAL_SERVER_WORKERS: count });
}

/**
 * Runs the processes of a server that share its port, and replaces one that ends. It answers no request itself, so
 * nothing but a defect in here ends it.
 */
export function supervise({ count, graceMs, log, fork = forkServer }: SuperviseOptions): Supervisor {
  const running = new Map<number, { worker: Worker; peer: Peer; ready: boolean }>();
  let stopping = false;
  let started = false;
  let allEnded = (): void => undefined;
  let fail!: (error: Error) => void;
  let succeed!: (address: string) => void;
  const ready = new Promise<string>((resolve, reject) => ((succeed = resolve), (fail = reject)));

  const registry = new Registry();
  new Gauge({
    name: 'perennial_server_processes',
    help: 'Processes of this server that answer.',
    registers: [registry],
    collect() {
      this.set([...running.values()].filter((each) => each.ready).length);
    },
  });
  const replaced = new Counter({
    name: 'perennial_server_processes_replaced_total',
    help: 'Processes of this server that ended unasked and were replaced.',
    labelNames: ['process'],
    registers: [registry],
  });
  const scrapes = createScrapes(() => [...running.values()].flatMap((each) => (each.ready ? each.peer : [])), registry);

  function begin(index: number, earlyDeaths = 0): void {
    const worker = fork({ index, count });
    const began = Date.now();
    const peer: Peer = { send: (message) => tell(worker, message) };
    const one = { worker, peer, ready: false };
    running.set(index, one);
    worker.on('error', (error) => log.error({ err: error, process: index }, 'a process of the server has a problem'));
    worker.on('message', (message: ToSupervisor) => {
      if (message.kind === 'scrape') void scrapes.scrape(peer, message.id);
      else if (message.kind === 'measured') scrapes.measured(peer, message.id, message.metrics);
      else {
        one.ready = true;
        if (running.size === count && [...running.values()].every((each) => each.ready)) succeed(message.address);
      }
    });
    worker.once('exit', (code, signal) => {
      running.delete(index);
      if (stopping) return running.size === 0 ? allEnded() : undefined;
      const how = signal ? `by ${signal}` : `with exit code ${code}`;
      if (!started) return fail(new Error(`process ${index} of the server ended ${how} before all of them listened`));
      const deaths = Date.now() - began < STEADY ? earlyDeaths + 1 : 0;
      const pause = pauseAfter(deaths);
      log.error({ process: index }, `process ${index} of the server ended ${how}; its successor starts in ${pause} ms`);
      replaced.inc({ process: index });
      setTimeout(() => stopping || begin(index, deaths), pause);
    });
  }

  ready.then(() => (started = true)).catch(() => undefined);
  for (let index = 0; index < count; index++) begin(index);

  return {
    ready,
    async stop() {
      stopping = true;
      if (running.size === 0) return;
      const ended = new Promise<void>((resolve) => (allEnded = resolve));
      for (const { worker, ready: listens } of running.values())
        if (listens) tell(worker, 'stop');
        else worker.process.kill('SIGTERM');
      const late = setTimeout(() => {
        for (const { worker } of running.values()) worker.process.kill('SIGKILL');
      }, graceMs);
      await ended;
      clearTimeout(late);
    },
  };
}

/** One that is dying hears nothing, and its end is reported by itself. */
function tell(worker: Worker, message: Parameters<Worker['send']>[0]): void {
  if (worker.isConnected()) worker.send(message, undefined, () => undefined);
}
