import { UserError } from '../../../core/base/errors/errors.ts';
import { SECOND } from '../../../core/time/time.ts';
import { BODY_LIMIT } from './body.ts';
import { type FastifyInstance } from 'fastify';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Socket } from 'node:net';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How much work a process takes on at a time. Beyond that an answer would come too late to be of use. */
export interface WorkLimits {
  /** Requests for predictions, or with labels, that are not answered yet. */
  requests: number;
  /** Bytes of their bodies, which bounds their rows. */
  bytes: number;
  /** How late the event loop may run at every measurement of three seconds: one long pause is no reason to refuse. */
  lateMs: number;
}

export const usualWork: WorkLimits = { requests: 1_000, bytes: 16 * BODY_LIMIT, lateMs: 500 };

/** Begins a request, and returns its end; throws SERVER_BUSY when it would be too much. */
export type BeginWork = (bytes?: number) => () => void;

type Reason = 'requests' | 'bytes' | 'late';
const busyWith: Record<Reason, string> = {
  requests: 'with as many requests as it takes at a time',
  bytes: 'with as many rows as it takes at a time',
  late: 'and runs late',
};
const RESOLUTION_MS = 20;
const MEASURING_MS = 3 * SECOND;
const FEWEST_MEASUREMENTS = 3;
const NANOSECONDS = 1e6;

/**
 * Refuses work at once that would wait too long: callers learn in a millisecond that they should ask another server, or
 * this one later. Health, metrics and the console answer on: who looks after a busy server needs them.
 */
export function shedding(app: FastifyInstance, registry: Registry, limits: WorkLimits): BeginWork {
  const registers = [registry];
  const shed = new Counter({
    name: 'perennial_requests_shed_total',
    help: 'Requests refused with 503 because of too many requests, too many bytes, or an event loop that runs late.',
    labelNames: ['reason'],
    registers,
  });
  const work = { requests: 0, bytes: 0 };
  new Gauge({
    name: 'perennial_requests_in_flight',
    help: 'Requests for predictions, or with labels, that are not answered yet.',
    registers,
    collect() {
      this.set(work.requests);
    },
  });

  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let lateMs = 0;
  const measuring = setInterval(() => {
    lateMs = delay.count < FEWEST_MEASUREMENTS ? 0 : delay.min / NANOSECONDS - RESOLUTION_MS;
    delay.reset();
  }, MEASURING_MS).unref();
  delay.enable();
  app.addHook('onClose', (_app, done) => {
    clearInterval(measuring);
    delay.disable();
    done();
  });

  app.addHook('onRequest', (request, reply, done) => {
    const { access } = request.routeOptions.config;
    if (access !== 'predict' && access !== 'label') return done();
    // A body in pieces counts as nothing: its size is not known before it is here.
    const bytes = Math.min(Number(request.headers['content-length'] ?? 0), BODY_LIMIT);
    try {
      const end = begin(bytes);
      const underWay = underWayOn(request.raw.socket).add(end);
      reply.raw.once('finish', () => {
        underWay.delete(end);
        end();
      });
      done();
    } catch (error) {
      void reply.header('retry-after', '1');
      done(error as Error);
    }
  });
  return begin;

  function begin(bytes = 0): () => void {
    const reason = reasonToShed(bytes);
    if (reason !== null) {
      shed.inc({ reason });
      throw new UserError('SERVER_BUSY', `This server is busy ${busyWith[reason]}. Try again in a second.`);
    }
    work.requests++;
    work.bytes += bytes;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      work.requests--;
      work.bytes -= bytes;
    };
  }

  function reasonToShed(bytes: number): Reason | null {
    if (work.requests >= limits.requests) return 'requests';
    // A body alone always has a place.
    if (work.bytes + bytes > limits.bytes && work.requests > 0) return 'bytes';
    return lateMs > limits.lateMs ? 'late' : null;
  }
}

const ofSockets = new WeakMap<Socket, Set<() => void>>();

/**
 * What ends each request of a connection, all of which end with it: an answer that waits behind another on a connection
 * that closes reports neither its end nor that.
 */
function underWayOn(socket: Socket): Set<() => void> {
  const known = ofSockets.get(socket);
  if (known) return known;
  const underWay = new Set<() => void>();
  ofSockets.set(socket, underWay);
  socket.once('close', () => {
    for (const end of underWay) end();
  });
  return underWay;
}
